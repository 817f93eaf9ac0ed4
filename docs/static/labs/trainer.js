// The worker that trains, so that the page can go on drawing. It gets one message, reports epoch by epoch, and is ended
// by the page, in one of the pauses that it makes.
import { countRight, createModel, epochOrder, gradients, meanLoss, scores, sigmoid, step, zeros } from './nn.js';

const REPORT = 120; // milliseconds between pauses, and between reports within an epoch
let paused = performance.now();

addEventListener('message', async ({ data: { settings, digits, from, to } }) => {
  const model = from?.model ?? createModel(settings, settings.seed);
  if (!from) report(model, { epoch: 0, losses: [], seconds: 0 }, settings, digits);
  for (let epoch = from?.epoch ?? 0; epoch < to; epoch++) {
    const done = await trainEpoch(model, settings, digits.train, epoch);
    if (done.broken) return postMessage({ kind: 'broken', ...done });
    report(model, { ...done, epoch: epoch + 1 }, settings, digits);
    await pause();
  }
  postMessage({ kind: 'done' });
});

// One step a batch. epoch counts from 0.
async function trainEpoch(model, { loss, lr, bs, shuffle, seed }, { x, t }, epoch) {
  const start = performance.now(), order = epochOrder(t.length, shuffle, seed, epoch), grads = zeros(model), losses = [];
  const seconds = () => (performance.now() - start) / 1000;
  for (let i = 0; i < order.length; i += bs) {
    const value = gradients(model, x, t, loss, order.subarray(i, i + bs), grads).loss;
    if (!Number.isFinite(value)) return { broken: true, epoch, losses, step: losses.length + 1, seconds: seconds() };
    losses.push(value);
    step(model, grads, lr);
    if (await pause()) postMessage({ kind: 'part', losses });
  }
  return { losses, seconds: seconds() };
}

// Gives the browser the chance to end this worker; true if it was time for that.
async function pause() {
  if (performance.now() - paused < REPORT) return false;
  await new Promise(resolve => setTimeout(resolve));
  paused = performance.now();
  return true;
}

// What the model knows after an epoch: the loss on all training images, and its answers for the validation images.
function report(model, done, { loss }, { train, valid }) {
  const answers = scores(model, valid.x);
  postMessage({ kind: 'epoch', ...done, model, trainLoss: meanLoss(scores(model, train.x), train.t, loss),
    right: countRight(answers, valid.t), probabilities: answers.map(sigmoid) });
}
