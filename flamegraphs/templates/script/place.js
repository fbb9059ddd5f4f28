
// Where in the page one is, as its address says: #site=..., #flame=...&zoom=...&search=... A section's own id is the browser's.

const place = {
  /** What the address names, by key. */
  read() {
    const named = new Map();
    for (const part of location.hash.slice(1).split('&')) {
      const at = part.indexOf('=');
      if (at < 0) continue;
      try {
        named.set(part.slice(0, at), decodeURIComponent(part.slice(at + 1)));
      } catch {
        // No place of ours: a broken escape.
      }
    }
    return named;
  },

  /** Puts what is looked at into the address; what is empty is left out. */
  write(named) {
    const parts = Object.entries(named).filter(([, value]) => value).map(([key, value]) => `${key}=${encodeURIComponent(value)}`);
    history.replaceState(null, '', '#' + parts.join('&'));
  },
};
