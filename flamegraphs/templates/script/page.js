
// Puts the parts together and goes where the address says. A part is drawn once it is about to be seen: parts that are not cost
// the page's opening nothing.

document.documentElement.classList.add('script');
const sitesData = embedded('sites-data');

/** Makes a part when it is first asked for; null if the page has nothing for it. */
function part(id, make) {
  const section = byId(id);
  let made;
  const get = () => {
    if (made === undefined) {
      made = section ? make() : null;
      near.unobserve(section || document.body);
    }
    return made;
  };
  const near = new IntersectionObserver((entries) => entries.some((entry) => entry.isIntersecting) && get(), { rootMargin: '400px' });
  if (section) near.observe(section);
  return get;
}

const page = {
  time: part('time', () => showTime(embedded('time-data'))),
  tails: part('tails', () => showTails(embedded('tails-data'), sitesData.sites)),
  flames: part('flames', () => showFlames(embedded('flames-data'))),
};
page.sites = showSites(sitesData);

function go() {
  const named = place.read();
  if (named.has('site')) page.sites?.show(named.get('site'));
  if (named.has('flame')) page.flames()?.show(named);
}

go();
addEventListener('hashchange', go);
addEventListener('beforeprint', () => {
  // What is folded away or was never seen is of no use on paper.
  document.querySelectorAll('details').forEach((details) => { details.open = true; });
  [page.time, page.tails, page.flames].forEach((get) => get());
});
