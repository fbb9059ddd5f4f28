
// Figures as text, as units.rs of both crates and src/write/view/cell.rs have them: the page's rows must not change when they are drawn anew.

const UNITS = [['s', 1e9], ['ms', 1e6], ['us', 1e3], ['ns', 1]];

function significant(value) {
  const x = Math.abs(value);
  return x === 0 ? '0' : x < 9.995 ? value.toFixed(2) : x < 99.95 ? value.toFixed(1) : value.toFixed(0);
}

function duration(ns, between = '') {
  const [name, unit] = UNITS.find(([, unit]) => ns >= unit * 0.9995) || UNITS[3];
  return significant(ns / unit) + between + name;
}

function count(n) {
  return String(n).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** A value that may have a fraction: as a count once it has three digits before it. */
function amount(x) {
  return x < 999.5 ? significant(x) : count(Math.round(x));
}

function percent(part, whole) {
  const percent = whole > 0 ? 100 * part / whole : 0;
  if (percent > 0 && percent < 0.05) return '<0.1 %';
  return (percent === 0 || percent >= 9.95 ? percent.toFixed(0) : percent.toFixed(1)) + ' %';
}

/** A mean in a table: what is not known, what is nothing, what lies below the clock's floor. */
function mean(ns, floor) {
  if (ns === null) return '-';
  if (ns === 0) return '0';
  return floor !== null && ns < floor ? '<floor' : duration(ns);
}
