// Somebody with a browser of their own, which is curl: its cookies are kept and sent as a browser does.
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
export const userAgent = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0';

let addresses = 0;

export class Visitor {
  /** `address` is where all requests come from; without one each comes from an address of its own. */
  constructor(site, address = undefined) {
    this.site = site;
    this.address = address;
    this.folder = mkdtempSync(join(tmpdir(), 'sessiond-visitor.'));
    this.jar = join(this.folder, 'cookies');
    writeFileSync(this.jar, '');
  }

  close() { rmSync(this.folder, { recursive: true }); }

  /** The value of a cookie. */
  cookie(name) {
    return readFileSync(this.jar, 'utf8').split('\n').map((line) => line.split('\t')).find((fields) => fields[5] === name)?.[6];
  }

  /** Puts another value in its place. */
  setCookie(name, value) {
    writeFileSync(this.jar, readFileSync(this.jar, 'utf8').replace(this.cookie(name), value));
  }

  /** Asks for a page of the site, or elsewhere. Resolves to {status, headers: [[name, value]…], header(name), body}. */
  async ask(path, ...more) {
    const url = path.startsWith('/') ? this.site + path : path;
    const address = this.address ?? `127.1.${++addresses >> 8}.${addresses & 255}`;
    const { stdout } = await run('curl', ['-sS', '-i', '--max-time', '30', '-b', this.jar, '-c', this.jar, '-A', userAgent,
      '--interface', address, ...more, url]);
    const end = stdout.indexOf('\r\n\r\n');
    const [first, ...lines] = stdout.slice(0, end).split('\r\n');
    const headers = lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 2)]);
    const header = (name) => headers.filter(([each]) => each === name).map(([, value]) => value).join('\n') || undefined;
    return { status: Number(first.split(' ')[1]), headers, header, body: stdout.slice(end + 4) };
  }

  /** Sends the form of the page at `path`. `more` are further words for curl. */
  send(path, fields, origin = this.site, ...more) {
    const form = Object.entries(fields).flatMap(([name, value]) => ['--data-urlencode', `${name}=${value}`]);
    return this.ask(path, '-H', origin === undefined ? 'Origin:' : `Origin: ${origin}`, ...form, ...more);
  }

  /** Goes where an answer leads at GitHub. Resolves to the URL of this site that GitHub sends the browser back to. */
  async atGithub(answer) {
    let url = answer.header('location');
    while (url && !url.startsWith(this.site)) url = new URL((await this.ask(url)).header('location'), url).href;
    return url;
  }

  /** The same, and what this site then says. */
  async back(answer) {
    return answer.header('location')?.startsWith('/') ? answer : this.ask(await this.atGithub(answer));
  }

  async sessions() {
    const { status, body } = await this.ask('/api/v1/auth/sessions');
    return status === 200 ? JSON.parse(body) : status;
  }
}
