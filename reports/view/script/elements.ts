/** Finding and making elements. Text from data is set as text, never as markup. */
export const ELEMENTS = `
const at = (id) => document.getElementById(id);

const element = (name, attributes, children) => {
  const node = document.createElement(name);
  for (const key of Object.keys(attributes)) {
    if (key === 'onclick') node.addEventListener('click', attributes[key]);
    else node.setAttribute(key, attributes[key]);
  }
  for (const child of [].concat(children === undefined ? [] : children)) {
    node.append(child instanceof Node ? child : document.createTextNode(String(child)));
  }
  return node;
};

const hint = (text) => element('p', { class: 'hint' }, text);

const SVG = 'http://www.w3.org/2000/svg';
const svg = (name, attributes, text) => {
  const node = document.createElementNS(SVG, name);
  for (const key of Object.keys(attributes)) node.setAttribute(key, attributes[key]);
  if (text !== undefined) node.textContent = text;
  return node;
};

// A number in few characters.
const show = (x) => {
  if (x === 0) return '0';
  const extreme = Math.abs(x) >= 1e5 || Math.abs(x) < 1e-3;
  return extreme ? x.toExponential(1) : String(Number(x.toPrecision(3)));
};
`;
