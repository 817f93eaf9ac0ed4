// Finds the labs on a page and loads each when it comes near: <div class="lab" data-lab="slope"></div>
async function load(root) {
  try {
    const { mount } = await import(`./${root.dataset.lab}.js`);
    await mount(root);
  } catch (error) {
    root.textContent = `This lab could not be loaded (${error.message}). Reload the page to try again.`;
    throw error;
  }
}

const near = new IntersectionObserver(entries => {
  for (const entry of entries) if (entry.isIntersecting) { near.unobserve(entry.target); load(entry.target); }
}, { rootMargin: '600px' });
for (const root of document.querySelectorAll('.lab[data-lab]')) near.observe(root);
