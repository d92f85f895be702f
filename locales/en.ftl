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
refusal-not-a-homeserver = No Matrix homeserver answers at this address. Check the spelling and your connection, or ask whoever gave it to you.
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
refusal-wrong-recovery-key = This is not your recovery key. Look for a mistake: it consists of groups of four letters and digits.
refusal-damaged = The file is damaged, or it is not the one that was sent. Ask its sender for it again.
refusal-storage-full = This browser has no space left to store messages. Free some space, then try again; nothing that was sent is lost.
refusal-core-failed = Something failed in this program, and it starts again by itself. Nothing that was sent is lost. Try again.
refusal-homeserver = The homeserver refused this. Nothing else has changed.

## Room list

room-tile-own = You: { $text }
room-tile-says = { $sender }: { $text }
preview-emote = * { $text }
preview-image = Image
preview-video = Video
preview-audio = Audio
preview-file = File: { $name }
preview-redacted = Message removed
preview-undecryptable = Encrypted message
tile-typing = { $count ->
    [one] { $names } is typing
   *[other] { $names } are typing
}
tile-typing-many = Several people are typing
tile-unsent = { $count ->
    [one] 1 message waits to be sent
   *[other] { $count } messages wait to be sent
}
tile-invited-by = { $name } invites you
tile-invited = You are invited
tile-mentions = { $count ->
    [one] 1 mention
   *[other] { $count } mentions
}
tile-unread = Unread
tile-menu = Options for { $room }
tile-accept = Accept the invite to { $room }
tile-decline = Decline the invite to { $room }
tile-copy-link = Copy link
tile-invite = Invite people
tile-leave = Leave
section-invites = Invites
section-favourites = Favourites
section-people = People
section-rooms = Rooms
section-low-priority = Low priority
list-title = Rooms
list-search = Find a room
list-search-clear = Show all rooms
list-new = New
list-all = All
list-unread = Unread
list-filters = Which rooms
list-empty = No rooms yet
list-empty-words = Create a room, start a chat with somebody, or join a room by its address.
list-none-found = No room has this name
list-none-found-words = Check the spelling, or join it by its address.
list-none-unread = Nothing unread
list-none-unread-words = You have read everything.

## Synchronisation

sync-starting = Starting
sync-cached = Connecting
sync-syncing = Updating
sync-live = Up to date
sync-offline = Offline
sync-offline-retry = { $seconds ->
    [one] Offline, trying again
   *[other] Offline, trying again in { $seconds } seconds
}
sync-error = Not updating

## The frame of the page

nav-label = Areas
nav-rooms = All rooms
nav-new = New
nav-start = Start something
nav-settings = Settings
nav-you = You
title-unread = ({ $count }) { $app }
title-at = { $place } – { $app }
home-title = No room is open
home-words = Choose a room from the list, or start something new.
home-create = Create a room
home-chat = Start a chat
home-join = Join by address
update-ready = A newer version is ready. What you are writing is kept.
update-take = Update
update-later = Later
person-own = Your own profile
unknown-title = There is nothing here
unknown-words = The address may be wrong, or this place does not exist yet.
unknown-home = Go to the rooms

## Log-in and registration

login-title = Log in
login-intro = Welcome back.
login-homeserver = Homeserver
login-homeserver-hint = The server where your account lives, such as example.org.
login-username = Username
login-password = Password
login-submit = Log in
login-waiting = Logging in
login-no-password = This homeserver does not let you log in with a password. Use another client for it.
login-to-register = Create an account
login-no-account = No account yet?
login-ended = You are logged out. What was stored on this device for the account is gone from it.
login-show-password = Show password
login-hide-password = Hide password
register-title = Create an account
register-intro = One account works with all of Matrix.
register-username = Username
register-username-hint = Small letters, digits and the signs . _ = - / only.
register-password = Password
register-token = Registration token
register-token-hint = Whoever runs the homeserver gives it to you.
register-submit = Create account
register-to-login = Log in
register-have-account = Have an account?
device-name = Trellis in a browser
again-title = Log in again
again-words = The homeserver wants to know that it is still you. What you wrote and what is stored here are kept.
again-device-lost = The keys of this device are gone from the browser’s storage. Log in again to go on as a new device. What you wrote and what is stored here are kept; encrypted messages that come until then cannot be read here.

## Dialogs

create-title = Create a room
create-name = Name
create-topic = Topic (optional)
create-kind = Who can join
create-private = Invited people only
create-trusted = Invited people only, all with the same rights
create-public = Anyone
create-alias = Address (optional)
create-alias-hint = The first part of #address:homeserver. Small letters and dashes are easiest to remember.
create-listed = Show it in the public directory of the homeserver
create-encrypted = Encrypted: only its members can read it, not even the homeserver. This cannot be turned off again.
create-people = Invite people (optional)
create-submit = Create
chat-title = Start a chat
chat-who = With whom
chat-submit = Start
join-title = Join a room
join-address = Address
join-address-hint = Such as #garden:example.org, or a link to a room.
join-submit = Join
invite-people-title = Invite people
invite-people-submit = Invite
invite-people-done = { $count ->
    [one] The invite is sent.
   *[other] { $count } invites are sent.
}
invite-people-failed = { $names } could not be invited. { $reason }
leave-title = Leave this room?
leave-words = You no longer get its messages. If it is not open to everyone, you need an invite to come back.
leave-submit = Leave
people-hint = A name, or an ID such as @ann:example.org.
people-search = People
people-found = People found
people-none = Nobody was found. You can enter a whole ID.
people-remove = Remove { $name }
people-add = Add { $id }
people-chosen = Chosen people
shortcuts-title = Keyboard shortcuts
shortcuts-jump = Find a room
shortcuts-rooms = Previous or next room
shortcuts-close = Close what is on top
shortcuts-this = Show this list
shortcuts-list = Move in a list or menu
shortcuts-send = Send the message
shortcuts-break = New line
shortcuts-edit = Edit your last message
shortcuts-format = Bold, italic, code
shortcuts-upload = Attach files
shortcuts-panel = Show or hide the people

## Settings

settings-title = Settings
settings-nav = Pages of the settings
settings-profile = Profile
settings-devices = Devices
settings-encryption = Encryption
settings-appearance = Appearance
settings-log-out = Log out
profile-name = Display name
profile-name-hint = What others see beside your messages.
profile-id = Your ID
profile-homeserver = Homeserver
profile-picture = Picture
profile-picture-choose = Choose a picture
profile-picture-remove = Remove the picture
profile-saved = Your profile is saved.
profile-unknown = Your profile is not loaded yet.
recovery-intro = Encrypted messages can be read by your devices only. A recovery key lets other devices of yours read them too, now and after this one is lost. The homeserver keeps what the key opens, and cannot open it.
recovery-missing = Recovery is not set up. If this browser loses its storage, your encrypted messages are lost with it.
recovery-set-up = Create a recovery key
recovery-ready = Recovery is set up, and this device has it. The keys of your messages are backed up.
recovery-renew = Create another recovery key
recovery-renew-words = The one you have now opens nothing any more once there is another.
recovery-locked = Recovery is set up, but this device does not have it yet. Enter your recovery key to read messages from before you logged in here.
recovery-key = Recovery key
recovery-key-hint = Groups of four letters and digits. A recovery passphrase from another client works too.
recovery-unlock = Unlock
recovery-unlocked = This device has what your recovery key opens. Messages from before can be read as you come to them.
recovery-lost = I have lost my recovery key
recovery-lost-words = You can begin anew. What only the old key opens is lost: messages from before that none of your devices can read any more. Your other devices must be unlocked with the new key.
recovery-lost-submit = Begin anew
recovery-key-title = Your recovery key
recovery-key-words = Keep it where you will find it when this device is gone: in a password manager, or printed. It is shown only now, and nobody else has it.
recovery-key-save = Save as a file
recovery-key-file = trellis-recovery-key.txt
recovery-key-copied = The recovery key is copied.
recovery-key-done = I have kept it
devices-intro = Wherever you are logged in. Sign out what you do not know.
devices-current = This device
devices-others = Other devices
devices-none = You are logged in on this device only.
devices-seen = Last seen { $time }
devices-seen-at = Last seen { $time } from { $ip }
devices-never = Never seen
devices-unnamed = Unnamed device
devices-rename = Rename { $name }
devices-name = Name of the device
devices-renamed = The device is renamed.
devices-select = Choose { $name }
devices-sign-out = { $count ->
    [one] Sign out 1 device
   *[other] Sign out { $count } devices
}
devices-sign-out-title = Sign out devices?
devices-sign-out-words = They are logged out at once. Enter your password to confirm.
devices-signed-out = { $count ->
    [one] The device is signed out.
   *[other] { $count } devices are signed out.
}
appearance-theme = Theme
theme-system = As the system
theme-light = Light
theme-dark = Dark
theme-contrast = High contrast
appearance-density = Density
density-comfortable = Comfortable
density-compact = Compact
appearance-language = Language
language-english = English
language-mirrored = English, mirrored (for testing)
log-out-title = Log out?
log-out-words = Everything stored on this device for this account is removed. Your rooms and messages stay on the homeserver.
log-out-unsent = { $count ->
    [one] 1 message is not sent yet. It will be lost.
   *[other] { $count } messages are not sent yet. They will be lost.
}
log-out-submit = Log out

## The open room: header

room-people = { $count ->
    [one] 1 person
   *[other] { $count } people
}
room-panel = People
room-menu = Room menu
room-invite = Invite people
room-leave = Leave
room-copy-link = Copy link to the room
room-link-copied = The link is copied.
room-copied = Copied.
room-back = Back to the list
room-encrypted = Encrypted
door-public = Anyone can join
door-invite = Invited people can join
door-knock = People can ask to join
door-restricted = { $count ->
    [one] Members of one other room or space can join
   *[other] Members of { $count } other rooms or spaces can join
}
door-knock-restricted = { $count ->
    [one] Members of one other room or space can join; others may ask
   *[other] Members of { $count } other rooms or spaces can join; others may ask
}
door-private = Nobody can join
door-unknown = How to join is not known here

## The open room: its beginning, invites

intro-room = This is the beginning of { $room }.
intro-direct = This is the beginning of your conversation with { $room }.
intro-alone = Nobody else is here yet.
invite-title = You are invited to { $room }
invite-direct = { $name } wants to chat with you
invite-by = { $name } invites you.
invite-words = Accept to read and write here. The people there see what you choose.
invite-accept = Accept
invite-decline = Decline
room-missing = This room is not on your list
room-missing-words = You may not be a member, or the address may be wrong. If the room is open, you can join it.
room-join = Join
room-left = You are no longer in { $room }
room-left-words = You can read what is stored on this device. To write again, join the room or ask for an invite.
room-banned = You are banned from { $room }
room-banned-words = Ask an administrator of the room if you think this is a mistake.
room-forget = Remove from the list
room-knocking = You asked to join { $room }
room-knocking-words = Somebody in the room has to let you in. You are told when that happens.
room-knock-withdraw = Withdraw the request

## Timeline

timeline-label = Messages in { $room }
timeline-jump = Jump to newest
timeline-jump-count = { $count ->
    [one] 1 new message
   *[other] { $count } new messages
}
timeline-new = New
timeline-today = Today
timeline-yesterday = Yesterday
timeline-loading = Loading messages
timeline-more = Load more messages
timeline-gap = Some messages in between are not here yet.
timeline-gap-loading = Loading the messages in between
timeline-empty = There are no messages here yet.
typing = { $count ->
    [one] { $names } is typing
   *[other] { $names } are typing
}
typing-many = Several people are typing
announce-message = { $sender }: { $text }
announce-messages = { $count ->
    [one] 1 new message
   *[other] { $count } new messages
}

## Messages

message-edited = edited
message-edits = { $count ->
    [one] Edited once
   *[other] Edited { $count } times
}
message-removed = Message removed
message-removed-by = Message removed by { $name }
message-undecryptable = This message is encrypted
message-undecryptable-missing = Its key has not come yet. It opens here as soon as the key does.
message-undecryptable-before-device = It was sent before you logged in on this device. It can be read on the devices you had then.
message-undecryptable-before-joining = It was sent before you joined. Only those who were in the room then can read it.
message-undecryptable-blocked = Its sender has blocked this device.
message-undecryptable-unverified = Its sender writes to verified devices only, and this one is not verified.
message-undecryptable-not-allowed = Its sender’s device does not let this device read it.
message-undecryptable-unavailable = Its sender’s device did not have the key any more.
message-undecryptable-no-channel = Its sender’s device could not reach this device safely when it was sent.
message-undecryptable-withheld = Its sender’s device keeps the key from this device.
message-undecryptable-algorithm = It is encrypted in a way this client does not know.
message-undecryptable-broken = It is damaged, or its key does not fit.
message-unsupported = This kind of message cannot be shown here.
message-malformed = This message is damaged and cannot be shown.
message-queued = Waiting to be sent
message-sending = Sending
message-failed = Not sent.
message-retry = Retry
message-delete = Delete
message-actions = Message actions
message-react = React
message-reply = Reply
message-edit = Edit
message-copy-text = Copy text
message-copy-link = Copy link
message-details = View details
message-remove = Remove
message-remove-title = Remove this message?
message-remove-words = It disappears for everyone in the room and cannot be brought back.
message-remove-reason = Reason (optional)
message-details-title = Details of the message
message-details-sender = Sender
message-details-time = Sent
message-details-event = Event ID
message-details-transaction = Transaction ID
message-read-by = Read by { $names }
message-read-by-many = Read by { $names } and { $others } others
message-unknown-reply = A message that is not loaded
message-says = { $name }, { $time }
reaction-by = { $key }, { $count } by { $names }
reaction-count = { $key }, { $count ->
    [one] one person
   *[other] { $count } people
}
reaction-search = Search emoji
reaction-none = No emoji has this name.
spoiler = Spoiler
spoiler-about = Spoiler: { $reason }
code-copy = Copy code
pill-everyone = everyone

## Media

media-image = Image
media-loading = Loading { $name }
media-failed = { $name } could not be loaded.
media-waiting = { $name } is not uploaded yet
media-show = Show { $name } large
media-play = Play { $name }
media-download = Download { $name }
media-uploading = Uploading, { $percent } %
size-bytes = { $number } B
size-kilobytes = { $number } kB
size-megabytes = { $number } MB
size-gigabytes = { $number } GB
lightbox-label = Image { $name }
lightbox-zoom-in = Zoom in
lightbox-zoom-out = Zoom out
lightbox-save = Save
lightbox-next = Next image
lightbox-previous = Previous image

## State events in words

event-reason = { $sentence }: “{ $reason }”
event-created = { $actor } created this room
event-created-successor = { $actor } created this room to continue an older one
event-joined = { $person } joined
event-invited = { $actor } invited { $person }
event-invite-accepted = { $person } accepted the invite and joined
event-invite-rejected = { $person } declined the invite
event-invite-revoked = { $actor } withdrew the invite for { $person }
event-left = { $person } left
event-kicked = { $actor } removed { $person }
event-banned = { $actor } banned { $person }
event-kicked-and-banned = { $actor } removed and banned { $person }
event-unbanned = { $actor } lifted the ban of { $person }
event-knocked = { $person } asked to join
event-knock-accepted = { $actor } accepted that { $person } joins
event-knock-retracted = { $person } no longer asks to join
event-knock-denied = { $actor } refused that { $person } joins
event-membership-none = Nothing changed for { $person }
event-profile-named = { $person } is now called { $name }
event-profile-renamed = { $before } is now called { $name }
event-profile-unnamed = { $before } no longer has a name
event-profile-avatar = { $person } changed their picture
event-profile-both = { $sentence } and has a new picture
event-profile-none = Nothing changed in the profile of { $person }
event-name = { $actor } named the room “{ $name }”
event-name-removed = { $actor } removed the name of the room
event-topic = { $actor } changed the topic to “{ $topic }”
event-topic-removed = { $actor } removed the topic
event-avatar = { $actor } changed the picture of the room
event-avatar-removed = { $actor } removed the picture of the room
event-alias = { $actor } made { $alias } the address of the room
event-alias-removed = { $actor } removed the address of the room
event-join-public = { $actor } opened the room to everyone
event-join-invite = { $actor } opened the room to invited people only
event-join-knock = { $actor } let people ask to join
event-join-restricted = { $actor } changed who can join: { $door }
event-history-joined = { $actor } showed the history to people from when they join
event-history-invited = { $actor } showed the history to people from when they are invited
event-history-shared = { $actor } showed the whole history to the people of the room
event-history-world = { $actor } showed the history to everyone, in the room or not
event-history-other = { $actor } changed who can read the history
event-guests-allowed = { $actor } let guests in
event-guests-forbidden = { $actor } no longer lets guests in
event-role = { $actor } changed the role of { $person } from { $before } to { $role }
event-roles = { $actor } changed the roles of { $people }
event-permissions = { $actor } changed who may do what
event-encryption = { $actor } turned on encryption
event-pinned = { $actor } pinned { $count ->
    [one] a message
   *[other] { $count } messages
}
event-unpinned = { $actor } unpinned { $count ->
    [one] a message
   *[other] { $count } messages
}
event-pins-changed = { $actor } changed the pinned messages
event-server-acl = { $actor } changed which servers may take part
event-tombstone = { $actor } closed this room. It continues in another one
event-tombstone-end = { $actor } closed this room
event-child-added = { $actor } added a room to this space
event-child-removed = { $actor } removed a room from this space
event-other = { $actor } made a change of the kind “{ $kind }”
run-joined = { $people } joined
run-joined-and-left = { $people } joined and left
run-left = { $people } left
run-invited = { $count ->
    [one] { $people } was invited
   *[other] { $people } were invited
}
run-declined = { $people } declined the invite
run-removed = { $count ->
    [one] { $people } was removed
   *[other] { $people } were removed
}
run-banned = { $count ->
    [one] { $people } was banned
   *[other] { $people } were banned
}
run-unbanned = { $count ->
    [one] The ban of { $people } was lifted
   *[other] The bans of { $people } were lifted
}
run-knocked = { $people } asked to join
run-profile = { $people } changed their profile
run-room = { $people } changed the room
run-others = { $others ->
    [one] { $names } and one other
   *[other] { $names } and { $others } others
}

## Roles

role-creator = Creator
role-administrator = Administrator
role-moderator = Moderator
role-member = Member
role-muted = Muted
role-level = Level { $level }

## Composer

composer-placeholder = Message { $room }
composer-placeholder-encrypted = Message { $room }, encrypted
composer-attach = Attach files
composer-send = Send
composer-replying = Replying to { $name }
composer-replying-unknown = Replying to a message
composer-editing = Editing your message
composer-cancel-reply = Cancel the answer
composer-cancel-edit = Cancel the change
composer-remove-file = Do not send { $name }
composer-files = Files to send
composer-drop = Drop the files here to send them
composer-caption = With the first file goes what you write.
composer-not-sent = This was not stored. { $reason }
composer-suggestions = Suggestions
composer-no-people = Nobody here has this name.
composer-closed-not-member = You are not in this room, so you cannot write here.
composer-closed-not-permitted = Your role does not let you write here. Ask an administrator of the room.
composer-closed-tombstoned = This room was closed.
composer-closed-tombstoned-successor = This room was closed. It continues in another one.
composer-closed-encrypted = This room is encrypted, and this device cannot encrypt.
composer-go-on = Go there

## Members

members-title = People
members-search = Find people
members-banned = Banned
members-here = In the room
members-which = Which people
members-count = { $count ->
    [one] 1 person
   *[other] { $count } people
}
members-loading = Loading the people of this room
members-none = Nobody here matches.
members-none-banned = Nobody is banned.
members-invited = invited
members-asks = asks to join
member-profile = Profile
member-back = Back to all people
member-chat = Send a message
member-copy-id = Copy the ID
member-kick = Remove from the room
member-uninvite = Withdraw the invite
member-ban = Ban
member-unban = Lift the ban
member-kick-title = Remove { $name } from the room?
member-kick-words = They can come back if the room is open to them, or when they are invited.
member-ban-title = Ban { $name } from the room?
member-ban-words = They cannot come back until the ban is lifted.
member-unban-title = Lift the ban of { $name }?
member-unban-words = They can come back if the room is open to them, or when they are invited.
member-reason = Reason (optional)
