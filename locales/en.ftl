### English, the language of reference. One message per string; sentence case; no exclamation marks.
### `src/wording` makes a function of each: `room-tile-own` becomes `t::room_tile_own(text)`.

## Names of rooms

room-name-empty = Empty room
room-name-empty-was = Empty room (was { $names })
room-name-people-others = { $others ->
    [one] { $names } and one other
   *[other] { $names } and { $others } others
}

## Common

app-name = Trellis
action-cancel = Cancel
action-close = Close
action-back = Back
action-save = Save
action-retry = Try again
action-copy = Copy
action-dismiss = Dismiss
action-more = More
details = Details
loading = Loading
unread-count = { $count ->
    [one] 1 unread message
   *[other] { $count } unread messages
}

## What went wrong: what happened, whether anything is lost, what to do

refusal-offline = There is no answer from the homeserver. Nothing is lost. Check your connection and try again.
refusal-not-a-homeserver = No Matrix homeserver answers at this address. Check the spelling, or ask whoever gave it to you.
refusal-invalid-input = This does not look right. Check it for missing or extra characters.
refusal-wrong-password = The username and password do not match. Check both and try again.
refusal-user-deactivated = This account has been closed. Ask the administrator of the homeserver if that is a mistake.
refusal-user-id-taken = Somebody has this username already. Choose another.
refusal-user-id-invalid = Usernames may have small letters, digits and the signs . _ = - / only. Choose another.
refusal-weak-password = The homeserver wants a stronger password. Make it longer, or mix in more kinds of characters.
refusal-registration-closed = This homeserver takes no new accounts. Choose another homeserver, or ask its administrator.
refusal-registration-token-required = This homeserver asks for a registration token. Enter the one you were given.
refusal-registration-token-wrong = This registration token is not valid. Check it, or ask for a new one.
refusal-unsupported-stage = The homeserver asks for a step that is not supported here. Sign up in another client, then log in here.
refusal-session-ended = You have been logged out on the homeserver. Log in again to continue.
refusal-session-ended-soft = The homeserver wants to know that it is still you. Log in again; what you wrote is kept.
refusal-forbidden = You are not allowed to do this. Ask an administrator of the room or of the homeserver.
refusal-not-found = It could not be found. It may have been removed, or the address may be wrong.
refusal-room-alias-taken = Another room has this address already. Choose another.
refusal-limit-exceeded = { $seconds ->
    [one] The homeserver asks to wait a second. Nothing is lost; try again then.
   *[other] The homeserver asks to wait { $seconds } seconds. Nothing is lost; try again then.
}
refusal-too-large = The file is larger than the homeserver takes ({ $megabytes } MB). Choose a smaller one.
refusal-unreadable = The file can no longer be read. Choose it again.
refusal-storage-full = This browser has no space left to store messages. Free some space, then try again; nothing that was sent is lost.
refusal-core-failed = Something failed in this program, and it starts again by itself. Nothing that was sent is lost. Try again.
refusal-homeserver = The homeserver refused this. Nothing else has changed.

## Room list

room-tile-own = You: { $text }
