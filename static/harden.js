/* Keeps htmx inside the strict content policy: no inline expression is ever run, HTML passes through one named
   policy only, and a page that failed to load never enters the browser's history. */
htmx.registerExtension('portal-harden', {
  init(api) {
    const policy = window.trustedTypes
      ? trustedTypes.createPolicy('htmx', { createHTML: html => html, createScript: () => '' })
      : null;
    // htmx 4 builds its expressions from these two constructors; without them every path to eval is closed.
    const refuse = function () { throw new Error('Inline expressions are not allowed on this site'); };
    api.initSecurity(policy, function () { refuse(); }, function () { refuse(); });
  },
  htmx_before_response(element, { ctx }) {
    if (ctx.response.status >= 400) ctx.push = ctx.replace = 'false';
  },
});
