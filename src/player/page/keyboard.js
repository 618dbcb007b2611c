/**
 * Keys of the whole page. A key that a focused control has its own use for stays with it.
 * @param {Record<string, () => void>} actions by `event.key`; letters in lower case
 */
export function listenToKeys(actions) {
  document.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    const { target, key } = event;
    const isButton = target instanceof HTMLButtonElement;
    const isVolume = target instanceof HTMLInputElement && target.classList.contains('volume');
    if (isButton && (key === ' ' || key === 'Enter')) return;
    if (isVolume && key.startsWith('Arrow')) return;
    const act = actions[key.length === 1 ? key.toLowerCase() : key];
    if (!act) return;
    event.preventDefault();
    act();
  });
}
