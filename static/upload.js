/* Looks at a chosen file before it is sent, sends it with its progress shown, and keeps the form where that fails. */
(() => {
  'use strict';
  const form = document.getElementById('upload');
  if (!form) return;
  const it = id => document.getElementById(id);
  const file = it('file'), progress = it('upload-progress'), bar = it('upload-bar'), words = it('upload-words');
  const button = form.querySelector('button');
  const fields = ['name', 'type', 'author', 'dated', 'file'];

  const types = form.dataset.types.split(','), sentences = JSON.parse(form.dataset.words);
  const endings = [
    ['pdf', /\.pdf$/i],
    ['word', /\.docx$/i],
    ['photo', /\.(jpe?g|png|hei[cf])$/i],
    ['old_word', /\.(doc|docm|dot[xm]?)$/i],
    ['picture', /\.(webp|gif|bmp|tiff?|avif|svg)$/i],
    ['other', /\.[a-z]\w*$/i],
  ];

  // By its name alone; the portal looks at what is in it, also in a file whose name has no ending.
  const problem = chosen => {
    const kind = (endings.find(([, ending]) => ending.test(chosen.name)) || ['none'])[0];
    if (kind !== 'none' && !types.includes(kind)) return sentences[kind] || sentences.unknown;
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

  // The list of what is wrong, as the server would put it above the form without a script.
  const element = (name, classes, ...inner) => {
    const made = document.createElement(name);
    made.className = classes;
    made.append(...inner);
    return made;
  };

  const show = refused => {
    fields.forEach(name => mark(name, refused[name] || ''));
    const lines = fields.filter(name => refused[name]).map(name => {
      const link = element('a', '', refused[name]);
      link.href = `#${name}`;
      return element('li', '', link);
    });
    const alert = element('div', '',
      element('h2', 'govuk-error-summary__title', 'There is a problem'),
      element('div', 'govuk-error-summary__body', element('ul', 'govuk-list govuk-error-summary__list', ...lines)));
    alert.setAttribute('role', 'alert');
    const box = element('div', 'govuk-error-summary', alert);
    box.id = 'problems';
    box.tabIndex = -1;
    it('upload-problems').replaceChildren(box);
    box.focus();
    if (!document.title.startsWith('Error: ')) document.title = `Error: ${document.title}`;
  };

  const rest = () => {
    progress.hidden = true;
    button.disabled = false;
  };

  file.addEventListener('change', () => {
    const chosen = file.files[0];
    mark('file', chosen ? problem(chosen) : '');
    // what was said of the file before is not so of this one
    it('again').checked = false;
    it('again-box').hidden = true;
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
