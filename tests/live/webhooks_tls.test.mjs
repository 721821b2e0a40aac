// Webhooks to a receiver with TLS, by certificates of an authority of our own.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { startReceiver, startSite, until } from './webhooks.mjs';

describe('webhooks with TLS', () => {
  const site = startSite();

  // An authority that only these programs trust, another that nobody does, and what they have signed.
  const openssl = (...words) => execFileSync('openssl', words, { cwd: site.folder, stdio: 'pipe' });
  const authority = (name) => openssl('req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', `/CN=${name}`, '-keyout', `${name}.key`, '-out', `${name}.pem`);
  // Good for a day, from now on or from `began`.
  const certificate = ({ by = 'ours', host = 'localhost', began = '+0' }) => {
    openssl('req', '-newkey', 'rsa:2048', '-nodes', '-subj', '/CN=receiver', '-keyout', 'server.key', '-out', 'server.csr');
    writeFileSync(join(site.folder, 'names'), `subjectAltName=DNS:${host}`);
    execFileSync('faketime', ['-f', began, 'openssl', 'x509', '-req', '-in', 'server.csr', '-CA', `${by}.pem`, '-CAkey', `${by}.key`,
      '-CAcreateserial', '-days', '1', '-extfile', 'names', '-out', 'server.pem'], { cwd: site.folder, stdio: 'pipe' });
    return { key: readFileSync(join(site.folder, 'server.key')), cert: readFileSync(join(site.folder, 'server.pem')) };
  };
  let good;
  before(() => {
    authority('ours');
    authority('theirs');
    good = certificate({});
  });

  const replaceReceiver = async (tls) => {
    site.receiver.server.close();
    site.receiver = await startReceiver(tls);
  };
  const deliverSafely = (port = site.receiver.port) => site.deliver({ url: `https://localhost:${port}/`, env: { SSL_CERT_FILE: join(site.folder, 'ours.pem') } });

  test('go to a receiver whose certificate the authorities have signed', async () => {
    await replaceReceiver(good);
    const program = await deliverSafely();
    await until(() => program.said.includes('delivering events'));
    const { id } = await site.stack.mint('alice');
    await until(() => site.receiver.posts.length === 1);
    assert.equal(site.receiver.posts[0].data.session, id);
    assert.doesNotMatch(program.said, /was not taken/);
  });

  for (const [name, wrong, why] of [
    ['of an unknown authority', { by: 'theirs' }, 'unable to get local issuer certificate'],
    ['of another name', { host: 'receiver.example' }, 'hostname mismatch'],
    ['that has expired', { began: '-2d' }, 'certificate has expired'],
  ]) {
    test(`do not go to one with a certificate ${name}, until it has a good one`, async () => {
      await replaceReceiver(certificate(wrong));
      const program = await deliverSafely();
      await until(() => program.said.includes('delivering events'));
      const { id } = await site.stack.mint('alice');
      assert.match(await until(() => program.said.match(/was not taken by.*/)?.[0]), new RegExp(`by localhost:${site.receiver.port}: .*its certificate is not trusted: ${why}`));
      assert.equal(site.receiver.posts.length, 0);
      site.receiver.server.setSecureContext(good);
      await until(() => site.receiver.posts.length === 1);
      assert.equal(site.receiver.posts[0].data.session, id);
    });
  }

  test('do not go to one that speaks none', async () => {
    const program = await deliverSafely();
    await until(() => program.said.includes('delivering events'));
    await site.stack.mint('alice');
    await until(() => program.said.includes('it speaks no TLS, and so is written http://'));
    assert.equal(site.receiver.posts.length, 0);
    await program.end();
    await site.delivering(); // so that nothing is left for the next
    await until(() => site.receiver.posts.length === 1);
  });
});
