-- Lets sessions of a disabled user be minted again. Sessions that were minted before stay ended.
-- Status: 1, 0 when the user is not disabled.
if not read_bar().disabled then return {0, released} end
raise_bar('')
tell('user-enabled')
return {1, released}
