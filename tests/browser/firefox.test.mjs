// Firefox as Debian has it. With BROWSER=firefox most of the other tests can be tried in it, too.
process.env.BROWSER = 'firefox';
await import('./main_ways.mjs');
