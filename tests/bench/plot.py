"""A bar chart as SVG."""
from html import escape


def plot(figures):
    """`figures`: requests a second by row."""
    most, height = max(figures.values()), 30 * len(figures) + 50
    lines = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 760 {height}" font-family="sans-serif" font-size="14">',
             f'<rect width="760" height="{height}" fill="#fff"/>',
             '<text x="20" y="28" font-weight="bold">Requests a second, 64 connections, one machine</text>']
    for i, (name, rps) in enumerate(figures.items()):
        y, width = 45 + 30 * i, max(1, 450 * rps / most)
        colour = "#1f5fbf" if " " not in name else "#8a94a0"
        lines.append(f'<text x="170" y="{y + 16}" text-anchor="end">{escape(name)}</text>'
                     f'<rect x="180" y="{y}" width="{width:.0f}" height="22" fill="{colour}"/>'
                     f'<text x="{188 + width:.0f}" y="{y + 16}">{rps:,.0f}</text>')
    return "\n".join(lines + ["</svg>", ""])
