/* Looks at a chosen file before it is sent, sends it with its progress shown, and keeps the form where that fails. */
(() => {
  'use strict';
  const form = document.getElementById('upload');
  if (!form) return;
  const it = id => document.getElementById(id);
  const file = it('file'), progress = it('upload-progress'), bar = it('upload-bar'), words = it('upload-words');
  const button = form.querySelector('button');
  const fields = ['name', 'type', 'author', 'dated', 'file'];

  const problem = chosen => {
    const types = form.dataset.types.split(',');
    const kind = /\.pdf$/i.test(chosen.name) ? 'pdf' : /\.docx$/i.test(chosen.name) ? 'word' : /\.(jpe?g|png|heic|heif)$/i.test(chosen.name) ? 'photo' : '';
    if (!types.includes(kind)) {
      return 'This is not a file the portal can keep. Above the button stands which it can.';
    }
    if (kind !== 'photo') {
      return chosen.size > form.dataset.most ? `The file is too large. It can be ${form.dataset.limit} at most. Scan it in black and white or with fewer dots, or bring it in parts.` : '';
    }
    return chosen.size > form.dataset.mostPhoto ? `The photograph is too large. It can be ${form.dataset.limitPhoto} at most.` : '';
  };

  // Beside the field, as the server would put it there without a script.
  const mark = (name, text) => {
    const control = it(name), group = control.closest('.govuk-form-group');
    it(`${name}-error`)?.remove();
    group.classList.toggle('govuk-form-group--error', Boolean(text));
    const described = (control.getAttribute('aria-describedby') || '').split(' ').filter(id => id && id !== `${name}-error`);
    control.removeAttribute('aria-invalid');
    if (text) {
      const line = document.createElement('p');
      line.id = `${name}-error`;
      line.className = 'govuk-error-message';
      const hidden = document.createElement('span');
      hidden.className = 'govuk-visually-hidden';
      hidden.textContent = 'Error: ';
      line.append(hidden, text);
      control.before(line);
      described.push(line.id);
      control.setAttribute('aria-invalid', 'true');
    }
    if (described.length) control.setAttribute('aria-describedby', described.join(' '));
  };

  const show = refused => {
    it('upload-problems').replaceChildren();
    fields.forEach(name => mark(name, refused[name] || ''));
    const first = fields.find(name => refused[name]);
    if (first) it(first).focus();
  };

  const rest = () => {
    progress.hidden = true;
    button.disabled = false;
  };

  file.addEventListener('change', () => {
    const chosen = file.files[0];
    mark('file', chosen ? problem(chosen) : '');
  });

  form.addEventListener('submit', event => {
    const chosen = file.files[0];
    event.preventDefault();
    const text = chosen ? problem(chosen) : 'Choose the file.';
    if (text) show({ file: text });
    else send();
  });

  // Signed out meanwhile: the page is locked until the same person is back, then the upload goes on.
  let waiting = false;
  addEventListener('DOMContentLoaded', () => { // by then idle.js has run
    self.session?.onunlock(() => {
      if (waiting) send();
    });
  });

  function send() {
    waiting = false;
    const sending = new XMLHttpRequest();
    sending.open('POST', form.action);
    sending.setRequestHeader('X-Upload', 'yes');
    sending.upload.addEventListener('progress', ({ loaded, total }) => {
      bar.value = total ? Math.round(loaded / total * 100) : 0;
      words.textContent = bar.value < 100 ? `Uploading, ${bar.value} %` : 'Uploaded. It is being looked through …';
    });
    const failed = why => {
      rest();
      show({ file: `${why} Nothing you typed is lost, and the file is still chosen: select Insert to try again.` });
    };
    sending.addEventListener('error', () => failed('The connection was lost while the file was being sent.'));
    sending.addEventListener('timeout', () => failed('The line was too slow.'));
    sending.addEventListener('load', () => {
      let answer = null;
      try {
        answer = JSON.parse(sending.responseText);
      } catch {
        // a page, not an answer to this script
      }
      if (sending.status === 200 && answer?.go) {
        location.assign(answer.go);
      } else if (sending.status === 422 && answer?.refused) {
        rest();
        it('again-box').hidden = !answer.same;
        show(answer.refused);
      } else if (sending.status === 401) {
        failed('You were signed out before the file had arrived.');
        waiting = true;
        self.session?.lock();
      } else if (sending.status === 413) {
        rest();
        show({ file: `The file is too large. It can be ${form.dataset.limit} at most.` });
      } else {
        failed(answer?.message || 'The file could not be stored just now.');
      }
    });
    button.disabled = true;
    bar.value = 0;
    progress.hidden = false;
    words.textContent = 'Uploading';
    sending.send(new FormData(form));
  }
})();
