/** Copies queries and says what each picture is like. Served as a file, for no page may run inline scripts. */
export const galleryScript = `
for (const button of document.querySelectorAll('[data-copy]')) {
  button.addEventListener('click', async () => {
    try {
      await navigator.clipboard.writeText(button.dataset.copy);
    } catch {
      const range = document.createRange();
      range.selectNodeContents(button.querySelector('code'));
      getSelection().removeAllRanges();
      getSelection().addRange(range);
      return;
    }
    button.dataset.copied = '';
    setTimeout(() => delete button.dataset.copied, 1200);
  });
}
const describe = async (image) => {
  const response = await fetch(image.src);
  const bytes = (await response.blob()).size;
  const type = response.headers.get('content-type').split('/')[1].toUpperCase();
  image.closest('figure').querySelector('.facts').textContent =
    image.naturalWidth + ' × ' + image.naturalHeight + ' · ' + type + ' · ' + (bytes / 1000).toFixed(1) + ' kB';
};
for (const image of document.querySelectorAll('figure img')) {
  if (image.complete) describe(image);
  else image.addEventListener('load', () => describe(image), { once: true });
}
`;
