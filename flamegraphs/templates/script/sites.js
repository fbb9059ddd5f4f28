
// The sites: sorted by a click on a head, filtered, unfolded, as many as are wanted.

function showSites(data) {
  const table = byId('sites-table');
  const body = byId('sites-rows');
  if (!table || !data.sites.length) return null;
  const filter = byId('sites-filter');
  const bars = byId('sites-bars');
  const more = byId('sites-more');
  const at = Object.fromEntries(data.figures.map((figure, i) => [figure, i]));
  const longest = Math.max(...data.sites.map((site) => site.means[at.overhead] || 0));
  const MORE = 100;
  let shown = body.rows.length;
  let sort = null;
  let open = null;

  const heads = [...table.tHead.querySelectorAll('th[data-sort]')];
  for (const head of heads) {
    const button = element('button', { type: 'button' });
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener('click', () => {
      const key = head.dataset.sort;
      const first = key === 'label' ? 1 : -1;
      sort = sort && sort.key === key ? { key, way: -sort.way } : { key, way: first };
      for (const other of heads) other.removeAttribute('aria-sort');
      head.setAttribute('aria-sort', sort.way < 0 ? 'descending' : 'ascending');
      draw();
    });
  }

  /** Sites in the order asked for; what is not known comes last. */
  function wanted() {
    const words = filter.value.toLowerCase().split(/\s+/).filter(Boolean);
    const text = (site) => `${site.label} ${site.site} ${site.job}`.toLowerCase();
    const found = words.length ? data.sites.filter((site) => words.every((word) => text(site).includes(word))) : [...data.sites];
    if (!sort) return found;
    const value = (site) => sort.key === 'hops' ? site.hops : sort.key === 'label' ? site.label : site.means[at[sort.key]];
    return found.sort((a, b) => {
      const [x, y] = [value(a), value(b)];
      if (x === null || y === null) return (x === null) - (y === null);
      return sort.way * (x < y ? -1 : x > y ? 1 : 0);
    });
  }

  function bar(means) {
    const whole = bars.value === 'share' ? means[at.overhead] : longest;
    const svg = shape('svg', { viewBox: '0 0 1000 10', preserveAspectRatio: 'none', 'aria-hidden': 'true' });
    let x = 0;
    for (const phase of data.overhead) {
      const width = whole ? (means[at[phase]] || 0) / whole * 1000 : 0;
      if (width > 0) {
        const title = shape('title', {}, `${phase} ${mean(means[at[phase]], data.floor)}`);
        svg.append(shape('rect', { class: `p-${phase}`, x: x.toFixed(1), width: width.toFixed(1), height: 10 }, title));
      }
      x += width;
    }
    return svg;
  }

  function row(site) {
    const link = element('a', { href: `#site=${encodeURIComponent(site.label)}` }, site.label);
    const row = element('tr', {}, element('th', { scope: 'row' }, link), element('td', { class: 'n' }, count(site.hops)));
    data.figures.forEach((figure, i) => {
      const kind = figure === 'overhead' ? 'n strong' : figure === 'run' ? 'n' : 'n phase';
      row.append(element('td', { class: kind }, mean(site.means[i], data.floor)));
      if (figure === 'overhead') row.append(element('td', { class: 'bar' }, bar(site.means)));
    });
    return row;
  }

  /** What a row unfolds to: the whole names, the bridges one by one, how its jobs got their threads. */
  function inside(site) {
    const heads = ['bridge', 'hops', 'joined', 'panicked', 'cancelled', 'detached', ...data.figures];
    const rows = site.arms.map(([arm, hops, means]) => element('tr', {},
      element('th', { scope: 'row' }, arm),
      ...hops.map((n) => element('td', { class: 'n' }, count(n))),
      ...means.map((ns) => element('td', { class: 'n' }, mean(ns, data.floor)))));
    const table = element('table', {},
      element('caption', {}, 'Bridge by bridge, mean per hop'),
      element('thead', {}, element('tr', {}, ...heads.map((head, i) => element('th', { scope: 'col', class: i ? 'n' : null }, head)))),
      element('tbody', {}, ...rows));
    const starts = site.starts.map(([kind, n, ns]) => `${kind.replace('_', ' ')} ${count(n)} (mean ${mean(ns, data.floor)})`);
    const names = element('dl', {}, element('dt', {}, 'Call'), element('dd', {}, site.site), element('dt', {}, 'Job'), element('dd', {}, site.job || '-'));
    if (starts.length) names.append(element('dt', {}, 'Starts'), element('dd', {}, starts.join(', ')));
    const tails = element('button', { type: 'button' }, 'Show its tails');
    tails.addEventListener('click', () => page.tails()?.show(data.sites.indexOf(site)));
    const columns = data.figures.length + 3;
    return element('tr', { class: 'inside' }, element('td', { colspan: columns },
      names, element('div', { class: 'scroll', role: 'region', 'aria-label': `Bridges of ${site.label}`, tabindex: 0 }, table), element('p', {}, tails)));
  }

  function draw() {
    const sites = wanted();
    // A site that the address names is shown, wherever it stands.
    const part = sites.slice(0, Math.max(shown, sites.indexOf(open) + 1));
    body.replaceChildren(...part.map(row));
    unfold();
    tell(sites.length, part.length);
  }

  function tell(found, drawn) {
    byId('sites-shown').textContent = filter.value ? `${count(found)} of ${count(data.sites.length)} sites` : `${count(found)} site${found === 1 ? '' : 's'}`;
    const left = data.sites.length - drawn;
    byId('sites-paper').textContent = left ? `${count(left)} of ${count(data.sites.length)} sites are not printed; the page itself shows them.` : '';
    more.hidden = drawn >= found;
    more.textContent = `Show ${count(Math.min(MORE, found - drawn))} more of ${count(found - drawn)}`;
  }

  function rowOf(site) {
    return [...body.rows].find((row) => row.cells[0].textContent === site.label && row.className !== 'inside');
  }

  function unfold() {
    for (const row of body.querySelectorAll('tr.inside')) row.remove();
    for (const row of body.querySelectorAll('tr[data-open]')) {
      delete row.dataset.open;
      row.querySelector('a').removeAttribute('aria-expanded');
    }
    const row = open && rowOf(open);
    if (!row) return;
    row.dataset.open = 'true';
    row.querySelector('a').setAttribute('aria-expanded', 'true');
    row.after(inside(open));
  }

  body.addEventListener('click', (event) => {
    const link = event.target.closest('th[scope=row] > a');
    if (!link) return;
    event.preventDefault();
    const site = data.sites.find((site) => site.label === link.textContent);
    open = open === site ? null : site;
    place.write({ site: open && open.label });
    unfold();
  });
  filter.addEventListener('input', draw);
  bars.addEventListener('change', draw);
  byId('sites-tools').addEventListener('submit', (event) => event.preventDefault());
  more.addEventListener('click', () => {
    shown = body.querySelectorAll('tr:not(.inside)').length + MORE;
    draw();
  });
  tell(data.sites.length, shown);

  return {
    /** Unfolds the site of this label and goes there. */
    show(label) {
      const site = data.sites.find((site) => site.label === label);
      if (!site) return;
      filter.value = '';
      open = site;
      if (rowOf(site)) unfold();
      else draw();
      rowOf(site).scrollIntoView({ block: 'start' });
    },
  };
}
