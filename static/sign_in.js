/* Shows and hides a password being typed. */
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
})();
