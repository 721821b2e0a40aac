<?php
// A peer to measure against: the same list and check in PHP-FPM with phpredis, on sessiond's keys.
declare(strict_types=1);

function unauthorized(): never
{
    http_response_code(401);
    header('Content-Type: application/json');
    exit('{"code":"unauthorized","error":"no"}');
}

function uuid(string $bytes): string
{
    return vsprintf('%s%s-%s-%s-%s-%s%s%s', str_split(bin2hex($bytes), 4));
}

function rfc3339(string $millis): string
{
    $at = intdiv((int) $millis, 1000);
    return gmdate('Y-m-d\TH:i:s', $at) . sprintf('.%03dZ', (int) $millis % 1000);
}

$packed = base64_decode(strtr(substr($_SERVER['HTTP_AUTHORIZATION'] ?? '', 11), '-_', '+/'), true);
if ($packed === false || strlen($packed) !== 64) {
    unauthorized();
}
$tag = rtrim(strtr(base64_encode(substr($packed, 0, 16)), '+/', '-_'), '=');
$id = uuid(substr($packed, 16, 16));
$user = 'sessiond:{' . $tag . '}:';

$redis = new Redis();
$redis->pconnect($_SERVER['REDIS_SOCKET']);
$isCheck = str_ends_with($_SERVER['REQUEST_URI'], '/check');

$pipe = $redis->multi(Redis::PIPELINE)->hMGet($user . 'session:' . $id, ['secret_hash', 'user_id']);
if (!$isCheck) {
    $pipe->zRange($user . 'sessions', 0, -1);
}
$replies = $pipe->exec();
$hash = sodium_crypto_generichash(substr($packed, 32));
if (!is_string($replies[0]['secret_hash']) || !hash_equals($replies[0]['secret_hash'], $hash)) {
    unauthorized();
}
if ($isCheck) {
    http_response_code(204);
    header('X-Session-User: ' . $replies[0]['user_id']);
    exit;
}

$ids = $replies[1];
$pipe = $redis->multi(Redis::PIPELINE);
foreach ($ids as $each) {
    $pipe->hMGet($user . 'session:' . $each, ['kind', 'expires_at', 'user_agent']);
}
$list = [];
foreach ($pipe->exec() as $i => $row) {
    $list[] = [
        'id' => $ids[$i],
        'kind' => $row['kind'],
        'created_at' => rfc3339((string) hexdec(substr($ids[$i], 0, 8) . substr($ids[$i], 9, 4))),
        'expires_at' => rfc3339($row['expires_at']),
        'is_current' => $ids[$i] === $id,
        'user_agent' => $row['user_agent'] === false ? null : $row['user_agent'],
    ];
}
usort($list, fn ($a, $b) => $b['id'] <=> $a['id']);
header('Content-Type: application/json');
echo json_encode($list);
