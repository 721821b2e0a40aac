// Line drawings on a 24 by 24 grid, by name.
const paths = {
  computer: ['M4 5h16v11H4z', 'M9 20h6', 'M12 16v4'],
  phone: ['M7 3h10v18H7z', 'M11 18h2'],
  tablet: ['M5 3h14v18H5z', 'M11 18h2'],
  terminal: ['M3 5h18v14H3z', 'M7 9l3 3-3 3', 'M12 15h5'],
  television: ['M3 8h18v11H3z', 'M8 3l4 5 4-5', 'M18 12v3'],
  console: ['M7 8h10a4 4 0 0 1 4 4l1 4a2.5 2.5 0 0 1-4.5 1.5L16 16H8l-1.5 1.5A2.5 2.5 0 0 1 2 16l1-4a4 4 0 0 1 4-4z', 'M8 10.5v3', 'M6.5 12h3', 'M16 11v.01', 'M17.5 13v.01'],
  pencil: ['M4 20l1-4L16 5l3 3L8 19z', 'M14 7l3 3'],
  bot: ['M5 9h14v10H5z', 'M12 9V5', 'M9.5 13v2', 'M14.5 13v2', 'M2 13v3', 'M22 13v3'],
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
