/* The end of a session. The server owns the clock; this mirrors it, warns in time, asks before it acts, and locks the
   page until the same person has signed in again: unsaved words stay behind the lock, anything else goes at once. */
(() => {
  'use strict';
  const app = document.getElementById('app');
  if (!app || !app.dataset.user) return;
  const me = app.dataset.user;
  const WARN = Number(app.dataset.warn) * 1000;   // before the end
  const PING = Math.min(40000, Number(app.dataset.remaining) * 100);   // at most one sign of life in that time
  const KEEP = 15 * 60000;   // unsaved text stays behind the lock for so long
  const at = id => document.getElementById(id);
  const others = 'BroadcastChannel' in self ? new BroadcastChannel('session') : null;   // times and ids, never words
  const listeners = [];
  let end = 0, timer = 0, ticking = 0, trailing = 0, touched = Date.now(), asking = null, leaving = false;
  let last = false, read = 0;   // no sign of life puts the end off any more; the minute of which that has been read
  let locked = false, emptied = false, going = false, discard = 0, until = 0, focused = null, spoken = '';

  const tell = message => { if (others) others.postMessage({ user: me, ...message }); };
  const answers = () => Boolean(self.autosave && self.autosave.unsaved());
  const saving = () => document.querySelector('#app [data-url]') !== null;   // does anything here save itself?
  // Something typed into a form that does not save itself: it would be lost with the page.
  const typed = () => [...document.querySelectorAll('#app form input, #app form textarea')].some(box =>
    !box.closest('[data-url]') && (/^(checkbox|radio)$/.test(box.type) ? box.checked !== box.defaultChecked
      : !/^(hidden|password|submit|button|search)$/.test(box.type) && box.value !== box.defaultValue));
  const unsaved = () => answers() || typed();

  function leave(address) {
    leaving = true;
    dispatchEvent(new CustomEvent('session:leaving'));   // what is still unsaved is given up
    app.replaceChildren();   // nothing of a child's record stays to be read, even while the next page loads
    self.onbeforeunload = null;
    location.replace(address);
  }

  // ---- the clock

  function keep(milliseconds, share = true) {
    end = Date.now() + milliseconds;
    if (share) tell({ end });
    plan();
  }

  function plan() {
    clearTimeout(timer);
    if (locked || leaving) return;
    const left = end - Date.now(), warning = noted() ? 0 : WARN;
    if (left <= warning) { check(); return; }
    closeWarning();
    timer = setTimeout(check, Math.min(left - warning + 50, 2 ** 30));
  }

  // Has it been read that these are the session's last minutes? On the next page too: the tab remembers the minute.
  function noted(write = false) {
    const minute = Math.round(end / 60000);
    try {
      if (write) sessionStorage.setItem('last', minute);
      read = read || Number(sessionStorage.getItem('last'));
    } catch { /* no memory: it is said once on each page */ }
    if (write) read = minute;
    return last && Math.abs(read - minute) < 2;
  }

  // Milliseconds left according to the server; null where nobody is signed in; the mirror's own when offline.
  async function ask(method) {
    try {
      const answer = await fetch('/session', {
        method, cache: 'no-store', headers: { Accept: 'application/json' },
      });
      if (answer.status === 401) return null;
      if (answer.ok) {
        const said = await answer.json();
        if (String(said.user) !== me) { leave('/gateway'); return null; }
        last = said.last;
        return said.remaining * 1000;
      }
    } catch { /* offline: go by the mirror */ }
    return end - Date.now();
  }

  function check() {
    asking ||= look().finally(() => { asking = null; });
    return asking;
  }

  async function look() {
    const left = await ask('GET');
    if (leaving || locked) return;
    if (left === null || left <= 0) { over(); return; }
    end = Date.now() + left;
    if (left > WARN + 500 || noted()) plan(); else warn();
  }

  async function stay() {
    clearTimeout(trailing);
    trailing = 0;
    touched = Date.now();
    const left = await ask('POST');
    if (leaving) return;
    if (left === null) over(); else { closeWarning(); keep(left); }
  }

  // ---- the warning

  const inWords = seconds => seconds > 60 ? `${Math.ceil(seconds / 60)} minutes`
    : seconds > 20 ? `${Math.ceil(seconds / 20) * 20} seconds` : `${seconds} seconds`;

  function warn() {
    const dialog = at('idle');
    clearTimeout(timer);
    if (dialog.open) return;
    if (self.autosave) self.autosave.flush();
    spoken = '';
    at('idle-text').hidden = last;
    at('idle-last').hidden = !last;
    dialog.setAttribute('aria-describedby', (last ? 'idle-last' : 'idle-text') + (saving() && !unsaved() ? ' idle-saved' : ''));
    at('idle-stay').textContent = last ? 'Go on until then' : 'Stay signed in';
    dialog.showModal();
    at('idle-stay').focus();
    count();
    ticking = setInterval(count, 1000);
  }

  function count() {
    const seconds = Math.ceil((end - Date.now()) / 1000);
    if (seconds <= 0) { clearInterval(ticking); check(); return; }
    const minutes = Math.floor(seconds / 60);
    at('idle-left').textContent = minutes ? `${minutes} min ${seconds % 60} s` : `${seconds} seconds`;
    at('idle-saved').hidden = !saving() || unsaved();   // claimed only where and while it is true
    const words = `We will sign you out in ${inWords(seconds)}.`;
    if (words !== spoken && (!spoken || seconds > 20 || seconds % 10 === 0)) at('idle-spoken').textContent = spoken = words;
  }

  // The warning has an answer: that there was nobody is thereby untrue; that the session has its last minutes is not.
  function answered() {
    if (!last) { stay(); return; }
    noted(true);
    tell({ noted: true });
    closeWarning();
    plan();
  }

  function closeWarning() {
    clearInterval(ticking);
    if (at('idle').open) at('idle').close();
  }

  // ---- the end

  function over() {
    closeWarning();
    clearTimeout(timer);
    tell({ over: true });
    lock();
  }

  const back = () => `/signed-out?why=idle&next=${encodeURIComponent(location.pathname)}`;

  function lock() {
    if (locked || leaving) return;
    locked = true;
    closeWarning();
    clearTimeout(timer);
    focused = document.activeElement;
    document.documentElement.classList.add('locked');
    emptied = !unsaved();
    at('reauth-text').hidden = emptied;
    at('reauth-clean').hidden = !emptied;
    at('reauth').setAttribute('aria-describedby', emptied ? 'reauth-clean' : 'reauth-text');
    at('reauth-go').textContent = emptied ? 'Sign in' : 'Sign in and save';
    if (emptied) { // saved words are the server's to give back: nothing of a child stays behind the lock for them
      self.onbeforeunload = null;
      app.replaceChildren();
    }
    end = Date.now();   // whatever the mirror said, it is over
    until = end + KEEP;
    at('reauth-until').textContent = new Date(until).toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' });
    clearTimeout(discard);
    discard = setTimeout(() => leave(back()), KEEP);
    problem('');
    at('reauth').showModal();
    at('reauth-password').focus();
  }

  function unlock(remaining) {
    if (!locked) return;
    locked = last = false;
    clearTimeout(discard);
    at('reauth').close();
    at('reauth-form').reset();
    document.documentElement.classList.remove('locked');
    touched = Date.now();
    if (emptied) {
      leaving = true;
      tell({ back: true });
      location.reload();
      return;
    }
    keep(remaining);
    tell({ back: true });
    if (focused && focused.isConnected) focused.focus();
    for (const listener of listeners) listener();
  }

  function problem(words) {
    const shown = at('reauth-problem');
    shown.hidden = !words;
    shown.textContent = words;
  }

  async function again(event) {
    event.preventDefault();
    if (going) return;
    going = true;
    problem('');
    try {
      const answer = await fetch('/session/again', {
        method: 'POST', cache: 'no-store',
        headers: { 'Content-Type': 'application/json', Accept: 'application/json' },
        body: JSON.stringify({ password: at('reauth-password').value, code: at('reauth-code').value, user: me }),
      });
      const said = await answer.json();
      if (answer.ok) {
        if (String(said.user) === me) unlock(said.remaining * 1000); else leave('/gateway');
      } else {
        problem(said.message);
        if (answer.status === 409) at('reauth-window').hidden = false;
        at('reauth-code').value = '';
        at(said.field === 'code' ? 'reauth-code' : 'reauth-password').select();
      }
    } catch {
      problem('The portal cannot be reached just now. Nothing is lost; try again in a moment.');
    }
    going = false;
  }

  // Signed in again in another window or tab?
  async function elsewhere() {
    if (!locked) return;
    const left = await ask('GET');
    if (left !== null && left > 0 && !leaving) unlock(left);
  }

  // ---- what it listens to

  at('idle-stay').addEventListener('click', answered);
  at('idle').addEventListener('cancel', event => { event.preventDefault(); answered(); });   // Esc means stay
  at('reauth').addEventListener('cancel', event => event.preventDefault());
  at('reauth').addEventListener('close', () => { if (locked) at('reauth').showModal(); });   // a second Esc is not asked about
  at('reauth-form').addEventListener('submit', again);

  const active = () => {
    if (!locked && !leaving && !at('idle').open) report();
  };
  // A sign that is not told at once is told soon after: the idle time counts from the last of them.
  function report() {
    const wait = touched + PING - Date.now();
    clearTimeout(trailing);
    trailing = 0;
    if (locked || leaving) return;
    if (wait <= 0) stay(); else trailing = setTimeout(report, wait);
  }
  for (const sign of ['keydown', 'pointerdown', 'wheel', 'touchstart']) {   // a page can scroll by itself
    addEventListener(sign, active, { passive: true, capture: true });
  }
  // An answered save was a sign of life: detail is X-Idle-Remaining, in seconds.
  addEventListener('idle:server', event => { touched = Date.now(); keep(event.detail * 1000); });
  const wake = () => {   // timers stand still while a computer sleeps
    if (!locked) plan(); else if (Date.now() > until) leave(back()); else elsewhere();
  };
  addEventListener('focus', wake);
  addEventListener('pageshow', event => { if (event.persisted && !locked) check(); else wake(); });
  document.addEventListener('visibilitychange', () => { if (document.visibilityState === 'visible') wake(); });

  if (others) {
    others.onmessage = ({ data }) => {
      if (data.user !== me) { leave('/gateway'); return; }   // another person signed in in this browser
      if (data.back) { elsewhere(); return; }
      if (locked || leaving) return;
      if (data.noted) { noted(true); closeWarning(); plan(); }
      else if (data.over) { clearTimeout(timer); check(); }
      else if (data.end > end + 500) { end = data.end; touched = Date.now(); plan(); }
    };
    tell({ back: true });
  }

  self.session = { lock, onunlock: listener => listeners.push(listener) };
  keep(Number(app.dataset.remaining) * 1000);
})();
