/* Every answer saves itself, and no word is lost on the way.
   An element with data-url is a unit: a box, a select, or a fieldset of radio buttons or checkboxes. Text lives in
   the controls only, never in web storage, and a control is written to only when its person chose so, or when it is
   neither focused nor changed and a newer answer exists. */
(() => {
  'use strict';
  const QUIET = 1000, CEILING = 8000, TIMEOUT = 20000, LEAVE_WAIT = 2000, COUNT_EVERY = 5000;
  const LEAVE_BYTES = 60 * 1024, SMALL = 16 * 1024; // browsers let 64 KiB outlive a page
  const STUCK = ['error', 'refused', 'conflict', 'auth'];
  const client = Array.from(crypto.getRandomValues(new Uint8Array(12)), b => b.toString(16).padStart(2, '0')).join('');
  const units = new Map(); // by URL
  const windows = 'BroadcastChannel' in self ? new BroadcastChannel('answers') : null;
  const bytes = text => new TextEncoder().encode(text).length;
  const $ = id => document.getElementById(id);
  const me = $('app')?.dataset.user; // whose page this is, whoever is signed in by now
  let seq = 0, inflight = 0, locked = false, gate = 0, fails = 0, probe = 0, passing = false, spoke = 0, counting = 0, counted = 0, said = false;

  // ---- what a control holds ---------------------------------------------------------------------------------
  const grouped = el => el.tagName === 'FIELDSET';
  const atOnce = el => grouped(el) || el.tagName === 'SELECT';
  const boxes = el => [...el.querySelectorAll('input[type=radio], input[type=checkbox]')];
  const codes = (el, on) => boxes(el).filter(b => b.value && on(b)).map(b => b.value).join(' ');
  const read = el => (grouped(el) ? codes(el, b => b.checked) : el.value);

  function rendered(el) {
    if (grouped(el)) return codes(el, b => b.defaultChecked);
    if (el.tagName !== 'SELECT') return el.defaultValue;
    return ([...el.options].find(o => o.defaultSelected) || el.options[0] || { value: '' }).value;
  }

  function write(el, text) {
    if (!grouped(el)) { if (el.value !== text) el.value = text; return; }
    const chosen = text.split(' ');
    for (const b of boxes(el)) b.checked = b.value !== '' && chosen.includes(b.value);
  }

  function replace(el, text) { // so that Ctrl+Z brings the other text back
    if (atOnce(el)) return write(el, text);
    el.focus(); el.select();
    if (!document.execCommand(text ? 'insertText' : 'delete', false, text) || el.value !== text) el.value = text;
  }

  const words = (u, text) => (atOnce(u.el)
    ? text.split(' ').map(code => {
      const option = [...(u.el.options || boxes(u.el))].find(o => o.value === code);
      return option ? (option.labels ? option.labels[0] : option).textContent.trim() : code;
    }).join(', ')
    : text);

  const focused = el => el.contains(document.activeElement);
  const unsaved = u => u.saved === null || read(u.el) !== u.saved;
  const anyUnsaved = () => [...units.values()].some(unsaved);
  const blocked = u => !unsaved(u) || locked || u.state === 'conflict' || u.gone || u.refused === read(u.el);

  // ---- what the page says -------------------------------------------------------------------------------------
  function say(text, urgent) {
    if (!urgent && Date.now() - spoke < 10000) return;
    spoke = Date.now();
    const box = $(urgent ? 'alert' : 'live');
    if (box) box.textContent = text;
  }

  function show(u, state, text) {
    if (u.state === state && u.text === text) return;
    u.state = state; u.text = text;
    const line = $('s-' + u.key), wrong = state === 'refused' || state === 'conflict';
    if (line) { line.textContent = text; line.dataset.state = state; }
    if (wrong) u.el.setAttribute('aria-invalid', 'true'); else u.el.removeAttribute('aria-invalid');
    $('f-' + u.key)?.classList.toggle('govuk-form-group--error', wrong);
    if (wrong) u.el.dispatchEvent(new CustomEvent('stuck', { bubbles: true }));
    if ((wrong || state === 'error') && !u.told) { u.told = true; say(u.label + ': ' + text, wrong); }
    if (state === 'saved' && u.told) { u.told = false; spoke = 0; say(u.label + ': ' + text); }
    summary();
  }

  function summary() {
    const waiting = [...units.values()].filter(unsaved), stuck = waiting.filter(u => STUCK.includes(u.state));
    const net = $('net'), away = stuck.some(u => u.state === 'error'), all = $('all-saved');
    if (net && away !== said) {
      said = away; // once for each change: the bar also tells of pages that could not be loaded
      net.hidden = !away;
      net.textContent = away ? 'The portal cannot be reached. Keep this page open: what you typed is kept, and saved as soon as it answers.' : '';
    }
    if (all) {
      all.textContent = stuck.length ? (stuck.length === 1 ? '1 answer is not saved yet.' : stuck.length + ' answers are not saved yet.')
        : waiting.length ? 'Saving as you type…' : 'Every answer here is saved.';
    }
    self.onbeforeunload = stuck.length ? e => { e.preventDefault(); return ''; } : null;
  }

  const told = u => u.el.dispatchEvent(new CustomEvent('answer', { bubbles: true, detail: { key: u.key, text: read(u.el), saved: !unsaved(u), version: u.version } }));

  function recount() { // the tab list's counts, asked for by htmx, which swaps no control
    if (counting) return;
    counting = setTimeout(() => {
      counting = 0; counted = Date.now();
      if (!locked) $('tabs')?.dispatchEvent(new CustomEvent('answers-saved'));
    }, Math.max(300, counted + COUNT_EVERY - Date.now()));
  }

  // ---- sending --------------------------------------------------------------------------------------------------
  function schedule(u, wait = QUIET) {
    clearTimeout(u.timer);
    if (blocked(u) || u.composing) return;
    u.since = u.since || Date.now();
    u.timer = setTimeout(() => send(u), Math.max(0, Math.min(wait, u.since + CEILING - Date.now()), gate - Date.now()));
  }

  /* leaving: {bytes} that may still outlive the page, or nothing in everyday saves. Resolves when answered. */
  function send(u, leaving) {
    clearTimeout(u.timer);
    if (blocked(u)) return u.flight || Promise.resolve();
    if (u.flight && !leaving) { u.again = true; return u.flight; }
    const value = read(u.el);
    if (leaving && u.sent === value && u.kept) return u.flight; // on its way already, in a request that outlives the page
    const mine = ++seq;
    u.since = 0; u.again = false; u.sent = value;
    const body = JSON.stringify({ value, base: u.version, client, seq: mine, person: me }), size = bytes(body);
    // leaving a box comes before leaving the page, and a plain request dies with its page: so small saves outlive it too
    u.kept = leaving ? (leaving.bytes -= size) > 0 : size < SMALL && inflight === 0;
    if (leaving && !('keepalive' in Request.prototype)) {
      navigator.sendBeacon(u.url, new Blob([body], { type: 'application/json' }));
      return Promise.resolve();
    }
    if (!leaving) show(u, 'saving', 'Saving…');
    const stop = new AbortController(), timer = setTimeout(() => stop.abort(), TIMEOUT);
    inflight++;
    const flight = fetch(u.url, {
      method: 'POST', body, keepalive: u.kept, signal: stop.signal, cache: 'no-store', redirect: 'error',
      headers: { 'Content-Type': 'application/json', 'X-Autosave': '1' },
    })
      .then(async r => {
        const data = await r.json().catch(() => ({}));
        const whole = (r.status !== 200 && r.status !== 409) || data.version > 0; // an answer cut short says nothing
        answered(u, mine, value, whole ? r.status : 0, r.headers, data);
      })
      .catch(() => answered(u, mine, value, 0, null, {}))
      .finally(() => {
        clearTimeout(timer); inflight--;
        if (u.flight === flight) { u.flight = null; if (u.sent === value) u.sent = null; }
        if (u.again || unsaved(u)) schedule(u, u.again ? 0 : QUIET);
      });
    return u.flight = flight;
  }

  function answered(u, mine, value, status, headers, data) {
    const left = headers && headers.get('X-Idle-Remaining');
    if (left) dispatchEvent(new CustomEvent('idle:server', { detail: +left }));
    if (mine < u.latest) return; // an older answer, late
    if (status === 200) saved(u, mine, value, data);
    else if (status === 409) conflict(u, data);
    else if (status === 401) lock();
    else if (status === 403 || status === 404 || status === 410) {
      u.gone = true;
      show(u, 'refused', 'Not saved: ' + (data.message || 'you can no longer change this answer.') + ' Copy your text if you need it.');
    } else if (status === 400 || status === 413 || status === 422) {
      u.refused = value; u.why = 'Not saved: ' + (data.message || 'this answer cannot be stored.');
      if (read(u.el) === value) show(u, 'refused', u.why);
    } else later(u, headers);
  }

  function saved(u, mine, value, data) {
    u.latest = mine; fails = gate = 0; u.refused = undefined;
    u.version = Math.max(u.version, data.version); u.saved = value; u.stored = data.state === 'superseded' ? undefined : data.stored;
    based(u);
    const error = $('e-' + u.key);
    if (error) error.hidden = true;
    if (unsaved(u)) show(u, 'dirty', 'Not saved yet');
    else {
      tidy(u);
      show(u, 'saved', 'Saved ' + data.label);
      if (u.loud) { u.loud = false; say(u.label + ': saved ' + data.label); }
    }
    if (data.state === 'saved') {
      if (windows) windows.postMessage({ url: u.url, version: u.version, client });
      recount();
    }
    told(u);
    for (const other of units.values()) if (other.state === 'error') schedule(other, 0);
  }

  const based = u => { const base = u.el.form?.elements['base.' + u.key]; if (base) base.value = u.version; };

  function tidy(u) { // "5.3.26" becomes "5 March 2026" once nobody is writing in the box
    if (u.stored === undefined || u.stored === u.saved || unsaved(u) || focused(u.el)) return;
    write(u.el, u.stored); u.saved = read(u.el); u.stored = undefined;
  }

  function later(u, headers) { // same text, new attempt: the server knows a repeated save by its client and version
    const asked = headers && +headers.get('Retry-After') * 1000;
    const wait = asked > 0 ? Math.min(asked, 60000) : Math.min(60000, 1000 * 2 ** fails) * (0.75 + Math.random() / 2);
    fails = Math.min(fails + 1, 6); gate = Date.now() + wait;
    show(u, 'error', 'Not saved. Trying again…');
    clearTimeout(probe);
    probe = setTimeout(() => { const next = [...units.values()].find(x => !blocked(x)); if (next) send(next); }, wait);
  }

  /* Resolves to true when nothing is left unsaved. */
  function flush(leaving) {
    const budget = leaving ? { bytes: LEAVE_BYTES } : undefined;
    const list = [...units.values()].filter(unsaved).sort((a, b) => read(a.el).length - read(b.el).length);
    return Promise.all(list.map(async u => {
      await send(u, budget);
      if (!leaving && unsaved(u) && !STUCK.includes(u.state)) await send(u); // typed on while it was under way
    })).then(() => !anyUnsaved());
  }

  const flushSoon = () => Promise.race([flush(), new Promise(done => setTimeout(done, LEAVE_WAIT, false))]);

  // ---- two people in one field ------------------------------------------------------------------------------------
  function conflict(u, theirs) {
    u.theirs = theirs;
    const slot = $('c-' + u.key), template = $('tpl-conflict'), who = theirs.mine ? 'You, in another window,' : theirs.by || 'Someone else';
    if (slot && template) {
      const panel = template.content.cloneNode(true), box = panel.firstElementChild;
      box.setAttribute('aria-label', 'Two answers: ' + u.label);
      panel.querySelector('[data-who]').textContent = who;
      panel.querySelector('[data-when]').textContent = theirs.label ? '(' + theirs.label + ')' : '';
      panel.querySelector('[data-theirs]').textContent = theirs.shown || words(u, theirs.value) || '(empty)';
      if (u.el.tagName !== 'TEXTAREA') panel.querySelector('[data-choice=both]').remove();
      panel.querySelector('.buttons').addEventListener('click', e => { const choice = e.target.closest('[data-choice]'); if (choice) choose(u, choice.dataset.choice); });
      slot.replaceChildren(panel);
    }
    show(u, 'conflict', 'Not saved: ' + who + ' changed this answer. Choose below.');
  }

  function choose(u, choice) {
    const theirs = u.theirs;
    $('c-' + u.key).replaceChildren();
    u.theirs = null; u.version = theirs.version; u.told = false; u.refused = undefined;
    show(u, 'dirty', 'Not saved yet');
    if (choice === 'both') replace(u.el, read(u.el) + '\n\n[' + (theirs.by || 'Someone else') + ', ' + theirs.label + ']\n' + theirs.value);
    if (choice === 'theirs') {
      replace(u.el, theirs.value);
      u.saved = read(u.el); based(u); clearTimeout(u.timer); told(u);
      show(u, 'saved', 'Using the version saved ' + theirs.label);
    } else { u.loud = true; send(u); }
    (grouped(u.el) ? boxes(u.el)[0] : u.el)?.focus();
  }

  // ---- signed out ---------------------------------------------------------------------------------------------------
  function lock() {
    if (!locked) {
      locked = true;
      for (const u of units.values()) { clearTimeout(u.timer); if (unsaved(u)) show(u, 'auth', 'Not saved: sign in again'); }
    }
    if (self.session) self.session.lock();
    else if (!anyUnsaved()) { self.onbeforeunload = null; location.replace('/signed-out?why=idle'); }
  }

  function resume() { locked = false; gate = fails = 0; return flush(); }

  /* The text of this page is given up: by its person, or because it waited behind the lock for too long. */
  function forget() {
    for (const u of units.values()) { clearTimeout(u.timer); u.saved = read(u.el); }
    self.onbeforeunload = null;
  }

  // ---- leaving ------------------------------------------------------------------------------------------------------
  const leaves = (e, a) => a && !e.defaultPrevented && !e.button && !e.ctrlKey && !e.metaKey && !e.shiftKey && !e.altKey
    && !a.target && a.origin === location.origin && !a.getAttribute('href').startsWith('#');

  async function pass(again) {
    if (!await flushSoon() && !confirm('Some answers on this page are not saved yet. Leave anyway?')) return;
    self.onbeforeunload = null; passing = true;
    again();
    passing = false;
  }

  document.addEventListener('click', e => {
    const a = e.target.closest('a[href]');
    if (passing || !leaves(e, a) || !anyUnsaved()) return;
    e.preventDefault(); e.stopImmediatePropagation();
    pass(() => a.click());
  }, true);

  document.addEventListener('submit', async e => {
    const form = e.target, button = e.submitter;
    if (passing || form.method === 'dialog' || button?.hasAttribute('formaction')) return;
    if (form.matches('[data-autosave]')) {
      e.preventDefault();
      for (const u of units.values()) u.refused = undefined;
      const ok = await flush();
      spoke = 0;
      say(ok ? 'All answers saved' : 'Some answers are not saved yet', !ok);
    } else if (anyUnsaved() && !form.closest('dialog')) {
      e.preventDefault(); e.stopImmediatePropagation();
      pass(() => form.requestSubmit(button || undefined));
    }
  }, true);

  let hidden = 0;
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'hidden') { hidden = Date.now(); flush(true); } else if (Date.now() - hidden > 15000) revalidate();
  });
  addEventListener('pagehide', () => flush(true));
  addEventListener('pageshow', e => { if (e.persisted) { for (const u of units.values()) u.flight = u.sent = null; flush().then(revalidate); } });
  addEventListener('popstate', () => flush());
  addEventListener('online', () => { gate = fails = 0; flush().then(revalidate); });

  // ---- other windows, coming back -------------------------------------------------------------------------------------
  async function look(url) { // never a sign that somebody is there
    const r = await fetch(url, { cache: 'no-store', headers: { Accept: 'application/json', 'X-Background': '1', 'X-Person': me } }).catch(() => null);
    if (r && r.status === 401) lock();
    return r && r.ok ? r.json().catch(() => null) : null;
  }

  async function refresh(u) {
    const now = await look(u.url);
    if (!now || now.version <= u.version || unsaved(u)) return;
    if (focused(u.el) && !grouped(u.el)) return show(u, 'stale', 'Changed elsewhere at ' + now.label + '. Leave the box to load it.');
    write(u.el, now.value); u.saved = read(u.el); u.stored = undefined; u.version = now.version;
    based(u); told(u);
    show(u, 'saved', 'Saved ' + now.label + (now.by ? ' by ' + now.by : ''));
  }

  async function revalidate() {
    const record = $('record')?.dataset.record;
    if (!record || !units.size || locked) return;
    const versions = await look('/records/' + record + '/versions?tab=' + $('record').dataset.tab);
    if (versions) for (const u of units.values()) if (versions[u.key] > u.version && !unsaved(u)) refresh(u);
  }

  if (windows) windows.onmessage = e => {
    const u = units.get(e.data.url);
    if (u && e.data.client !== client && e.data.version > u.version) refresh(u);
  };

  // ---- wiring ---------------------------------------------------------------------------------------------------------
  function typed(u) {
    if (u.state !== 'conflict' && !u.gone) {
      if (!unsaved(u)) show(u, 'saved', 'Saved');
      else if (u.refused === read(u.el)) show(u, 'refused', u.why);
      else if (!u.flight && u.state !== 'error') show(u, 'dirty', 'Not saved yet');
    }
    told(u);
    if (atOnce(u.el)) { u.loud = true; send(u); } else schedule(u);
  }

  function wire(u) {
    const { el } = u, mine = () => u.el === el; // a swapped-out control no longer speaks for its unit
    el.addEventListener(atOnce(el) ? 'change' : 'input', () => mine() && typed(u));
    if (atOnce(el)) return;
    el.addEventListener('compositionstart', () => { u.composing = true; clearTimeout(u.timer); });
    el.addEventListener('compositionend', () => { u.composing = false; if (mine()) schedule(u); });
    el.addEventListener('blur', () => {
      if (!mine()) return;
      if (unsaved(u)) { u.loud = true; send(u); } else if (u.state === 'stale') refresh(u); else tidy(u);
    });
  }

  function make(el) {
    const refused = 'unsaved' in el.dataset; // the server shows again what it could not store
    const u = { url: el.dataset.url, key: el.dataset.key, label: el.dataset.label, el, version: +el.dataset.version, latest: 0,
      saved: refused ? null : rendered(el), refused: refused ? read(el) : undefined };
    const line = $('s-' + u.key);
    u.state = line?.dataset.state || 'saved'; u.text = u.why = line?.textContent || '';
    if (u.state === 'conflict') u.state = 'refused';
    units.set(u.url, u);
    wire(u);
    if (unsaved(u)) schedule(u); // a browser that put typed text back
  }

  function carry(u, el) { // the page was painted anew from before the last save: what is in hand here is newer
    const text = read(u.el), { state } = u, line = u.text;
    u.el = el; u.gone = false; u.composing = false;
    write(el, text);
    wire(u); based(u);
    u.state = '';
    if (state === 'conflict') conflict(u, u.theirs); else show(u, state, line);
    schedule(u);
  }

  function scan() {
    for (const el of document.querySelectorAll('[data-url]')) {
      const u = units.get(el.dataset.url);
      if (u && u.el === el) continue;
      // a fragment's noscript is parsed as live controls: an unseen checked radio would take the group off the keyboard
      for (const n of el.querySelectorAll('noscript')) n.remove();
      if (u && (unsaved(u) || u.version > +el.dataset.version)) carry(u, el); else make(el);
    }
    for (const [url, u] of units) if (!u.el.isConnected && !unsaved(u) && !u.flight) units.delete(url);
    for (const u of units.values()) told(u);
    summary();
  }

  document.addEventListener('htmx:after:swap', scan);
  addEventListener('session:leaving', forget); // what one person typed is never saved in the name of the next
  self.autosave = { flush, unsaved: anyUnsaved, resume, forget, revalidate, scan, units };
  addEventListener('DOMContentLoaded', () => { // by then every deferred script has run
    self.session?.onunlock?.(resume);
    scan();
    // the last save of a page just left may land after this one was painted
    if (performance.getEntriesByType('navigation')[0]?.type !== 'navigate') setTimeout(revalidate, 700);
  });
})();
