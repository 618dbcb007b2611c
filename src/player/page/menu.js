/**
 * A button with a list of which one entry is chosen (WAI-ARIA: menu button, menuitemradio).
 * @param {HTMLElement} root holds `.menu-button` and `.menu-list`
 * @param {(value: string) => void} onChoose
 */
export function createMenu(root, onChoose) {
  const button = root.querySelector('.menu-button');
  const list = root.querySelector('.menu-list');
  const items = () => [...list.querySelectorAll('button')];

  function open() {
    list.hidden = false;
    button.setAttribute('aria-expanded', 'true');
    (list.querySelector('[aria-checked="true"]') ?? items()[0])?.focus();
  }

  function close({ restore = false } = {}) {
    if (list.hidden) return;
    list.hidden = true;
    button.setAttribute('aria-expanded', 'false');
    if (restore) button.focus();
  }

  const move = (from, by) => {
    const all = items();
    all[(all.indexOf(from) + by + all.length) % all.length]?.focus();
  };
  const keys = {
    ArrowDown: (item) => move(item, 1),
    ArrowUp: (item) => move(item, -1),
    Home: () => items()[0]?.focus(),
    End: () => items().at(-1)?.focus(),
    Escape: () => close({ restore: true }),
    Tab: () => close(),
  };

  button.addEventListener('click', () => (list.hidden ? open() : close()));
  list.addEventListener('keydown', (event) => {
    // Nothing of what is pressed here is for the film.
    event.stopPropagation();
    const act = keys[event.key];
    if (!act) return;
    if (event.key !== 'Tab') event.preventDefault();
    act(event.target);
  });
  list.addEventListener('click', (event) => {
    const item = event.target.closest('button');
    if (!item) return;
    close({ restore: true });
    onChoose(item.dataset.value);
  });
  document.addEventListener('pointerdown', (event) => {
    if (!root.contains(event.target)) close();
  });

  return {
    isOpen: () => !list.hidden,
    /** @param {{ value: string, label: string }[]} entries @param {string} chosen */
    show(entries, chosen) {
      root.hidden = entries.length < 2;
      // It may change while somebody is in it.
      const focused = items().find((item) => item === document.activeElement)?.dataset.value;
      list.replaceChildren(
        ...entries.map(({ value, label }) => {
          const item = document.createElement('button');
          item.type = 'button';
          item.setAttribute('role', 'menuitemradio');
          item.setAttribute('aria-checked', String(value === chosen));
          item.dataset.value = value;
          item.tabIndex = -1;
          item.textContent = label;
          return item;
        }),
      );
      if (focused !== undefined)
        items()
          .find(({ dataset }) => dataset.value === focused)
          ?.focus();
    },
    choose(chosen) {
      for (const item of items()) item.setAttribute('aria-checked', String(item.dataset.value === chosen));
    },
    /** @param {string} text what stands on the button */
    label(text) {
      const value = button.querySelector('.menu-value');
      if (value) value.textContent = text;
    },
    mark(on) {
      button.dataset.on = String(on);
    },
  };
}
