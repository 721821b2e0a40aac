// Line drawings on a 24 by 24 grid, by name.
const paths = {
  computer: ['M4 5h16v11H4z', 'M9 20h6', 'M12 16v4'],
  phone: ['M7 3h10v18H7z', 'M11 18h2'],
  tablet: ['M5 3h14v18H5z', 'M11 18h2'],
  terminal: ['M3 5h18v14H3z', 'M7 9l3 3-3 3', 'M12 15h5'],
};

/** An <svg> that says nothing to screen readers: the text beside it does. */
export function icon(name) {
  const space = 'http://www.w3.org/2000/svg';
  const svg = document.createElementNS(space, 'svg');
  for (const [key, value] of Object.entries({
    viewBox: '0 0 24 24', fill: 'none', stroke: 'currentColor', 'stroke-width': '1.75',
    'stroke-linecap': 'round', 'stroke-linejoin': 'round', 'aria-hidden': 'true',
  })) svg.setAttribute(key, value);
  for (const d of paths[name]) {
    const path = document.createElementNS(space, 'path');
    path.setAttribute('d', d);
    svg.append(path);
  }
  return svg;
}
