-- Ends one session of a user.
--   ARGV[1]  id of the session to end
--   ARGV[2]  id of the caller's session, which must exist; '' for an operator
-- Status: 1 when it ended, 0 when there is no such session, -1 when the caller's is gone.
if ARGV[2] ~= '' and not exists(ARGV[2]) then return {-1, released} end
local ended = finish(ARGV[1])
settle()
return {ended, released}
