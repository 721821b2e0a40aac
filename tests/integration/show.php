<?php
// What PHP was told, a line each, and the SHA-256 of the body.
foreach ($_SERVER as $name => $value) if (is_string($value)) echo "$name: $value\n";
echo 'Body-Hash: ', hash('sha256', file_get_contents('php://input')), "\n";
