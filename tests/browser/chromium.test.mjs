// Chromium with all that it is, as people use it.
process.env.BROWSER = 'chromium';
await import('./main_ways.mjs');
