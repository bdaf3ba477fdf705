/* What makes a record's page easier than its plain form: questions that show when they apply, entries added and
   withdrawn in place, the length of long texts, where the focus goes. Saving is autosave.js. */
(() => {
  'use strict';
  const NEAR = 0.9; // of what a box may hold, from where its length is shown
  const $ = id => document.getElementById(id);
  const answers = new Map(); // what each control holds, by key
  const narrow = matchMedia('(max-width: 56em)');

  // ---- answers ------------------------------------------------------------------------------------------------
  document.addEventListener('answer', e => {
    const { key, text, version } = e.detail, field = $('f-' + key);
    answers.set(key, text);
    if (!field) return;
    if (text) field.classList.remove('field--lacking'); // the mark comes back with the list of what is needed
    const clear = field.querySelector('[data-clear]'), history = field.querySelector('[data-history]');
    if (clear) clear.hidden = !text;
    if (history && version > 0) history.hidden = false;
    length(e.target, key, text);
    if (field.dataset.when) reveal(field);
    for (const other of document.querySelectorAll(`[data-when="${CSS.escape(key)}"]`)) reveal(other);
  });

  function reveal(field) { // a question that holds text, or in which somebody writes, is never hidden
    const text = answers.get(field.dataset.when), values = field.dataset.whenValues;
    if (text === undefined) return;
    const applies = values ? text.split(' ').some(code => code && values.split(' ').includes(code)) : text !== '';
    field.hidden = !applies && !answers.get(field.id.slice(2)) && !field.contains(document.activeElement);
  }

  document.addEventListener('focusout', e => {
    const field = e.target.closest('.field[data-when]');
    if (field) setTimeout(reveal, 0, field); // once the focus has arrived elsewhere
  });

  function length(el, key, text) {
    const most = +el.dataset.most, box = $('n-' + key);
    if (!box || !most) return;
    const left = most - text.length;
    box.hidden = left > most * (1 - NEAR);
    box.textContent = box.hidden ? '' : left >= 0 ? left.toLocaleString('en-GB') + ' characters left' : (-left).toLocaleString('en-GB') + ' characters too many';
  }

  // ---- showing where one is ---------------------------------------------------------------------------------------
  const FOCUSABLE = 'input:not([type=hidden]), textarea, select';

  function unfold(it) { // it, and all that it lies in
    for (let d = it.closest('details'); d; d = d.parentElement.closest('details')) d.open = true;
  }

  function reach(target, focus = true) {
    unfold(focus && target.querySelector(':scope > details') || target);
    target.scrollIntoView({ block: 'start' });
    if (!focus) return;
    const control = target.matches(FOCUSABLE + ', button') ? target : target.matches('.field, .entry, [data-list]') ? target.querySelector(FOCUSABLE + ', [data-list] button') : null;
    (control || target).focus({ preventScroll: true });
  }

  document.addEventListener('click', e => {
    const link = e.target.closest('a[href^="#"]'), target = link && $(decodeURIComponent(link.hash.slice(1)));
    if (target && target.closest('#record')) {
      e.preventDefault();
      reach(target.matches('.section') ? target.querySelector('summary') : target);
    }
    const clear = e.target.closest('[data-clear]');
    if (clear) {
      const group = clear.closest('.field').querySelector('fieldset');
      for (const box of group.querySelectorAll('input')) box.checked = false;
      group.dispatchEvent(new Event('change', { bubbles: true }));
      group.querySelector('input').focus();
    }
  });

  document.addEventListener('toggle', e => {
    if (e.target.matches('[data-history]') && e.target.open) e.target.dispatchEvent(new CustomEvent('look'));
  }, true);

  // ---- what is folded ---------------------------------------------------------------------------------------------
  const FOLDS = 'details.section, details.needs, .entry > details';
  const left = new Map(); // whether each was open when its page was painted anew
  const printing = new Set();
  const place = d => $('record').dataset.tab + ' ' + d.id;

  document.addEventListener('stuck', e => unfold(e.target)); // what is not saved is in sight

  document.addEventListener('click', e => {
    const fold = e.target.closest('[data-fold]')?.dataset.fold;
    if (!fold) return;
    for (const d of e.target.closest('.section__body').querySelectorAll('.entry > details')) d.open = fold === 'open';
    tell('live', fold === 'open' ? 'All are open' : 'All are closed');
  });

  document.addEventListener('htmx:before:swap', () => { for (const d of document.querySelectorAll(FOLDS)) left.set(place(d), d.open); });

  function fold() { // as they were left, except where something was refused
    for (const d of document.querySelectorAll(FOLDS)) if (left.has(place(d))) d.open = left.get(place(d)) || !!d.querySelector('.govuk-form-group--error');
    for (const all of document.querySelectorAll('.folds')) all.hidden = false;
  }

  addEventListener('beforeprint', () => { for (const d of document.querySelectorAll(FOLDS)) if (!d.open) { printing.add(d); d.open = true; } });
  addEventListener('afterprint', () => { for (const d of printing) d.open = false; printing.clear(); });

  // ---- entries: added, withdrawn, moved, texts brought back ---------------------------------------------------------
  const tell = (id, text) => { const box = $(id); if (box) box.textContent = text; };

  document.addEventListener('submit', async e => {
    const button = e.submitter;
    if (!self.htmx || !button?.hasAttribute('formaction') || !e.target.matches('[data-autosave]')) return;
    e.preventDefault();
    if (button.getAttribute('aria-disabled') === 'true') return;
    button.setAttribute('aria-disabled', 'true');
    const { act } = button.dataset, entry = button.closest('.entry'), key = button.closest('.field')?.id;
    await self.autosave.flush();
    const stuck = [...self.autosave.units.values()].find(u => entry?.contains(u.el) && u.el.closest('.field--stuck, .govuk-form-group--error'));
    if (act === 'withdraw' && stuck) {
      tell('alert', 'Not withdrawn: ' + stuck.label + ' is not saved yet.');
      button.removeAttribute('aria-disabled');
      return reach($('f-' + stuck.key));
    }
    const values = button.name ? { [button.name]: button.value } : {};
    await self.htmx.ajax('POST', button.getAttribute('formaction'), { target: '#record', swap: 'outerHTML', values });
    if (button.isConnected) { // nothing was swapped
      button.removeAttribute('aria-disabled');
      return tell('alert', 'That did not work. Everything is as it was: try again in a moment.');
    }
    const place = $(act === 'add' ? 'entry-' + button.value : act === 'restore-version' ? key : entry?.id);
    if (!place) return;
    reach(place, act !== 'up' && act !== 'down' && act !== 'withdraw');
    if (act === 'up' || act === 'down') (place.querySelector(`[data-act=${act}]`) || place.querySelector('[data-act]'))?.focus({ preventScroll: true });
    if (act === 'withdraw') place.querySelector('[data-act=restore]')?.focus({ preventScroll: true });
    tell('live', { add: 'Added', withdraw: 'Withdrawn. Undo is in its place.', restore: 'Restored', up: 'Moved up', down: 'Moved down', 'restore-version': 'The earlier answer is back' }[act] || '');
  });

  document.addEventListener('submit', e => { // the preview opens beside the record, the submission in its place
    const report = e.target.matches('[data-report]') && e.target.elements.report;
    if (report) e.target.target = report.value === 'preview' && !e.submitter?.name ? '_blank' : '';
  });

  // ---- each page and each swap ----------------------------------------------------------------------------------------
  let tab = '';
  function mark() { // only the portal knows what is needed: it depends on other answers
    const needs = $('needs');
    if (!needs) return;
    const needed = new Set([...needs.querySelectorAll('a[data-needed]')].map(a => decodeURIComponent(a.hash.slice(1))));
    for (const field of document.querySelectorAll('.field')) field.classList.toggle('field--lacking', needed.has(field.id));
  }

  function arrive() {
    mark();
    const record = $('record');
    if (!record) return;
    fold();
    const list = record.querySelector('.tabs details');
    if (list && narrow.matches && list.dataset.folded !== 'yes') { list.open = false; list.dataset.folded = 'yes'; }
    const current = record.querySelector('.tabs [aria-current]'), box = current?.closest('.tabs');
    if (box && box.scrollHeight > box.clientHeight) box.scrollTop = current.offsetTop - box.clientHeight / 2;
    if (tab && tab !== record.dataset.tab) {
      if (scrollY > record.offsetTop) scrollTo(0, record.getBoundingClientRect().top + scrollY);
      $('tab-title')?.focus({ preventScroll: true });
    }
    tab = record.dataset.tab;
    const here = record.querySelector('[data-help]'), foot = $('help-here'); // the foot is not swapped with the tab
    if (here && foot) foot.href = here.href;
  }

  document.addEventListener('htmx:after:swap', arrive);
  narrow.addEventListener('change', () => { for (const list of document.querySelectorAll('.tabs details')) list.open = !narrow.matches; });
  addEventListener('DOMContentLoaded', () => {
    arrive();
    const target = location.hash && $(decodeURIComponent(location.hash.slice(1)));
    // the browser goes to the hash by itself when all is loaded, and takes the focus away as it does
    if (target && target.closest('#record')) addEventListener('load', () => requestAnimationFrame(() => setTimeout(reach, 0, target)));
    else $('problems')?.focus();
  });
})();
