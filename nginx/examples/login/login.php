<?php // Signs people in by password or GitHub; sessiond mints their sessions. How to set it up: login-server.conf.
const SAFE = 'Secure; HttpOnly; SameSite=Lax', HTTP = ['timeout' => 5, 'user_agent' => 'PHP', 'ignore_errors' => true];
set_exception_handler(fn ($error) => error_log("$error") && page(503, 'This is not possible just now. Try it again.'));
function setting(string $name, string $otherwise = ''): string { return getenv("LOGIN_$name") ?: $otherwise; }
function field(array $from, string $name): string { return is_string($from[$name] ?? null) ? $from[$name] : ''; }
function s256(string $it): string { return rtrim(strtr(base64_encode(hash('sha256', $it, true)), '+/', '-_'), '='); }
function redirect(string $to): never { header('Cache-Control: no-store'); exit(header("Location: $to", true, 303)); }
function page(int $status, string $message = ''): never {
    header('Cache-Control: no-store', true, $status);
    exit(str_replace('{{message}}', $message, file_get_contents(__DIR__ . '/page.html')));
}
function sessiond(array $expected, string $method, string $path, array $options = []): array {
    $curl = curl_init("http://sessiond/internal/v1/$path");
    curl_setopt_array($curl, $options + [CURLOPT_UNIX_SOCKET_PATH => setting('SESSIOND', '/run/sessiond/internal.sock'),
        CURLOPT_CUSTOMREQUEST => $method, CURLOPT_TIMEOUT => 3, CURLOPT_HEADER => 1, CURLOPT_RETURNTRANSFER => 1]);
    [$said, $status] = [curl_exec($curl), curl_getinfo($curl, CURLINFO_RESPONSE_CODE)];
    if (!in_array($status, $expected)) throw new Exception("sessiond: $said " . curl_error($curl));
    preg_match_all('/^(x-session-user|x-session-id|set-cookie): (.*)\r$/mi', $said, $headers);
    return array_change_key_case(array_combine($headers[1], $headers[2])) + ['status' => $status];
}
[$do, $rd, $state, $origin] = [field($_POST, 'do'), field($_GET, 'rd'), field($_GET, 'state'), setting('ORIGIN')];
$github = setting('GITHUB', 'https://github.com/login/oauth');
$client = ['client_id' => setting('GITHUB_ID'), 'redirect_uri' => "$origin/login"];
if ($do !== '' && (!$origin || field($_SERVER, 'HTTP_ORIGIN') !== $origin)) page(403, 'Another site sent it.');
if ($do === '' && $state === '') page(200);
if ($do === 'github') { // PKCE's verifier stays in a cookie; its hash is the challenge, and the state to come back
    $verifier = bin2hex(random_bytes(32));
    $client += ['state' => s256($verifier), 'code_challenge' => s256($verifier), 'code_challenge_method' => 'S256'];
    $rd = rawurlencode(substr($rd, 0, 1300));
    header("Set-Cookie: __Host-login=$verifier.$rd; Path=/; Max-Age=600; " . SAFE);
    redirect("$github/authorize?response_type=code&" . http_build_query($client));
}
$old = sessiond([204, 401, 500], 'GET', 'check', [CURLOPT_HTTPHEADER => ['Cookie: ' . field($_SERVER, 'HTTP_COOKIE')]]);
if ($do === 'out') {
    $owner = rawurlencode(rawurldecode($old['x-session-user'] ?? ''));
    if ($old['status'] !== 401) sessiond([204], 'DELETE', "users/$owner/sessions/" . field($old, 'x-session-id'));
    header('Set-Cookie: __Host-session=; Path=/; Max-Age=0; ' . SAFE); redirect('/');
}
$users = (array) json_decode(file_get_contents(setting('USERS')));
$known = $users[field($_POST, 'name')] ?? null; // for an unknown name another's hash is tried, so that it takes as long
if ($do !== '' && !password_verify(field($_POST, 'password'), ($known ?? reset($users))->password)) $known = null;
if ($do === '') {
    [$verifier, $rd] = explode('.', field($_COOKIE, '__Host-login'), 2) + ['', ''];
    if (!$verifier || !hash_equals(s256($verifier), $state)) page(401, 'This began elsewhere, or long ago. Try again.');
    $form = ['client_secret' => trim(file_get_contents(setting('GITHUB_SECRET'))), 'code' => field($_GET, 'code')];
    $post = ['method' => 'POST', 'content' => http_build_query($client + $form + ['code_verifier' => $verifier]),
        'header' => ['Accept: application/json', 'Content-Type: application/x-www-form-urlencoded']];
    $ask = fn ($at, $how) => json_decode(file_get_contents($at, false, stream_context_create(['http' => $how + HTTP])));
    $key = $ask("$github/access_token", $post)->access_token ?? '';
    $who = $ask(setting('GITHUB_API', 'https://api.github.com') . '/user', ['header' => "Authorization: Bearer $key"]);
    $known = current(array_filter($users, fn ($each) => ($each->github ?? null) === ($who->id ?? 'nobody')));
}
if (!$known) page(401, 'The name or the password is wrong, or GitHub named nobody who is known here.');
$minting = ['user' => $known->user, 'kind' => 'web', 'user_agent' => field($_SERVER, 'HTTP_USER_AGENT'),
    'device' => field($_SERVER, 'HTTP_DEVICE')] + ($do !== '' ? ['auth_time' => date('c'), 'amr' => ['pwd']] : []);
$minting['ip'] = $_SERVER['REMOTE_ADDR']; if (isset($old['x-session-id'])) $minting['replaces'] = $old['x-session-id'];
header('Set-Cookie: ' . sessiond([201], 'POST', 'sessions', [CURLOPT_HTTPHEADER => ['Content-Type: application/json'],
    CURLOPT_POSTFIELDS => json_encode($minting, JSON_INVALID_UTF8_SUBSTITUTE)])['set-cookie']);
header('Set-Cookie: __Host-login=; Path=/; Max-Age=0; ' . SAFE, false);
redirect(preg_match('#^(' . preg_quote($origin, '#') . ')?/(?!/)[!-\[\]-~]{0,1000}$#D', $rd) ? $rd : '/');
