
// Puts the parts together and goes where the address says.

const page = {};

document.documentElement.classList.add('script');
const sitesData = embedded('sites-data');
page.sites = showSites(sitesData);
page.tails = showTails(embedded('tails-data'), sitesData.sites);
const timeData = embedded('time-data');
if (timeData) showTime(timeData);
const flamesData = embedded('flames-data');
if (flamesData) page.flames = showFlames(flamesData);

function go() {
  const named = place.read();
  if (named.has('site')) page.sites?.show(named.get('site'));
  if (named.has('flame')) page.flames?.show(named);
}

go();
addEventListener('hashchange', go);
// What is folded away is of no use on paper.
addEventListener('beforeprint', () => document.querySelectorAll('details').forEach((details) => { details.open = true; }));
