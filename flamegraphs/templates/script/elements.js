// Elements, made without parsing any text: a name is text wherever it goes.

const SVG = 'http://www.w3.org/2000/svg';

/** An element with attributes and children; a child that is no node is text. Attributes that are null are left out. */
function element(name, attributes = {}, ...children) {
  return filled(document.createElement(name), attributes, children);
}

/** The same of a drawing. */
function shape(name, attributes = {}, ...children) {
  return filled(document.createElementNS(SVG, name), attributes, children);
}

function filled(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined) node.setAttribute(name, value);
  }
  node.append(...children);
  return node;
}

function byId(id) {
  return document.getElementById(id);
}

/** What the page holds as JSON under an id; null if it holds none. */
function embedded(id) {
  const script = byId(id);
  return script && JSON.parse(script.textContent);
}

/** Calls back with the width of a block that is shown, now and whenever it changes. */
function whenWide(block, draw) {
  let last = 0;
  const look = () => {
    const width = Math.floor(block.clientWidth);
    if (width > 0 && width !== last) draw(last = width);
  };
  new ResizeObserver(look).observe(block);
  look();
}
