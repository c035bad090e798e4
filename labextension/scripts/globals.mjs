/** The global names that eslint may take for granted, by where the file runs. */
const names = list => Object.fromEntries(list.map(name => [name, 'readonly']));

const everywhere = ['console', 'setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'URL'];

export default {
  browser: names([
    ...everywhere,
    'AbortController',
    'CustomEvent',
    'Element',
    'Event',
    'HTMLElement',
    'MutationObserver',
    'ResizeObserver',
    'cancelAnimationFrame',
    'document',
    'getComputedStyle',
    'globalThis',
    'navigator',
    'performance',
    'requestAnimationFrame',
    'window'
  ]),
  node: names([...everywhere, 'process', 'Buffer'])
};
