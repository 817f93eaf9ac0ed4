// Checks are folded. They open for whoever is led into them: by an address, by the search, or by printing.
const unfold = node => {
  for (let fold = node?.closest('details'); fold; fold = fold.parentElement.closest('details')) fold.open = true
}

const ledTo = () => document.getElementById(decodeURIComponent(location.hash.slice(1)))

const byAddress = () => {
  const node = ledTo()
  if (!node) return
  unfold(node.matches('section') ? node.querySelector('details.checks') : node)
  node.scrollIntoView()
}

// The search marks its words a moment after the page has loaded. Where all of them are folded away, the first is shown.
const bySearch = () => {
  const marked = [...document.querySelectorAll('article .highlighted')]
  if (!marked.length || marked.some(word => !word.closest('details.checks'))) return
  unfold(marked[0])
  marked[0].scrollIntoView({ block: 'center' })
}

addEventListener('hashchange', byAddress)
addEventListener('load', () => setTimeout(() => location.hash ? byAddress() : bySearch(), 50))
addEventListener('beforeprint', () => document.querySelectorAll('details.checks').forEach(unfold))
