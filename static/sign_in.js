/* Shows and hides a password being typed, and says how a new one is doing. */
(() => {
  'use strict';
  for (const button of document.querySelectorAll('[data-reveal]')) {
    const input = document.getElementById(button.dataset.reveal);
    const show = shown => {
      input.type = shown ? 'text' : 'password';
      button.firstChild.data = shown ? 'Hide' : 'Show';
    };
    button.hidden = false;
    button.addEventListener('click', () => show(input.type === 'password'));
    // Never sent, nor offered to be remembered, as a plain text box.
    input.form.addEventListener('submit', () => show(false));
  }
  // A hint, no rule: the server decides. Length and words count, kinds of character do not.
  const input = document.querySelector('#password[autocomplete="new-password"]');
  const hint = document.getElementById('password-strength');
  if (!input || !hint) return;
  input.addEventListener('input', () => {
    const text = input.value;
    const kinds = new Set(text.toLowerCase()).size;
    const words = text.split(/[^\p{L}\p{N}]+/u).filter(word => word.length > 2).length;
    const least = Number(hint.dataset.least);
    hint.textContent = !text ? '' : text.length < least ? `${least - text.length} more character${text.length + 1 < least ? 's' : ''} needed.`
      : kinds < 6 ? 'Weak: the same characters again and again.'
        : text.length >= 20 || (words > 2 && text.length >= 15) ? 'Strong.'
          : 'Fair. One more word makes it strong.';
  });
})();
