//! What a person recovers encrypted messages by: set up, opened on this device, begun anew.

mod recovery_key;

use leptos::{ev, prelude::*};
use trellis_model::protocol::{Command, RecoveryState, Refusal, Reply};

use self::recovery_key::RecoveryKey;
use crate::{
    markup::view,
    session::{Session, use_session},
    task::{Task, afterwards},
    ui::{Button, ButtonKind, Notice, Skeleton, TextField, use_toasts},
    view::sign_in::Refused,
    wording::{explain, t},
};

/// The page.
#[component]
pub(super) fn Encryption() -> impl IntoView {
    let session = use_session();
    let state = RwSignal::new(None);
    let load = move || afterwards(load(session), move |loaded| _ = state.try_set(Some(loaded)));
    let reload = Callback::new(move |()| load());
    load();
    // Shown until the person says that they have kept it.
    let made = RwSignal::new(None::<String>);
    let kept = Callback::new(move |()| {
        made.set(None);
        reload.run(());
    });
    view! {
        <p class="settings__intro">{t::recovery_intro()}</p>
        {move || match (made.get(), state.get()) {
            (Some(key), _) => view! { <RecoveryKey key on_kept=kept/> },
            (None, None) => view! { <Skeleton rows=3/> },
            (None, Some(Ok(RecoveryState::Missing))) => view! { <Missing made/> },
            (None, Some(Ok(RecoveryState::Locked))) => view! { <Locked made reload/> },
            (None, Some(Ok(RecoveryState::Ready))) => view! { <Ready made/> },
            (None, Some(Err(refusal))) => {
                view! {
                    <Notice explanation=explain(&refusal)/>
                    <Button on_press=reload>{t::action_retry()}</Button>
                }
            }
        }}
    }
}

async fn load(session: Session) -> Result<RecoveryState, Refusal> {
    match session.send(Command::Recovery).await? {
        Reply::Recovery(state) => Ok(state),
        _ => Err(Refusal::CoreFailed),
    }
}

async fn set_up(session: Session, anew: bool, password: Option<String>) -> Result<String, Refusal> {
    match session.send(Command::SetUpRecovery { anew, password }).await? {
        Reply::RecoveryKey(key) => Ok(key),
        _ => Err(Refusal::CoreFailed),
    }
}

#[component]
fn Missing(
    /// Takes the new key.
    made: RwSignal<Option<String>>,
) -> impl IntoView {
    view! {
        <p role="status">{t::recovery_missing()}</p>
        <SetUp made anew=false kind=ButtonKind::Primary submit=t::recovery_set_up()/>
    }
}

#[component]
fn Ready(
    /// Takes the new key.
    made: RwSignal<Option<String>>,
) -> impl IntoView {
    view! {
        <p role="status">{t::recovery_ready()}</p>
        <p class="settings__intro">{t::recovery_renew_words()}</p>
        <SetUp made anew=false kind=ButtonKind::Secondary submit=t::recovery_renew()/>
    }
}

/// The recovery key is asked for; who has lost it can begin anew.
#[component]
fn Locked(
    /// Takes the new key.
    made: RwSignal<Option<String>>,
    /// Looks again how far this device is.
    reload: Callback<()>,
) -> impl IntoView {
    let (session, toasts) = (use_session(), use_toasts());
    let recovery_key = RwSignal::new(String::new());
    let task = Task::new();
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        let answer = session.send(Command::Recover { recovery_key: recovery_key.get_untracked() });
        task.run(answer, move |_| {
            toasts.show(t::recovery_unlocked());
            reload.run(());
        });
    };
    view! {
        <form class="settings__form" on:submit=submit>
            <p role="status">{t::recovery_locked()}</p>
            <TextField
                label=t::recovery_key() value=recovery_key hint=Signal::stored(Some(t::recovery_key_hint()))
                required=true testid="recovery-key"
            />
            <Refused task/>
            <Button kind=ButtonKind::Primary submit=true busy=task.busy() testid="recovery-unlock">
                {t::recovery_unlock()}
            </Button>
        </form>
        <details class="recovery__lost">
            <summary>{t::recovery_lost()}</summary>
            <p class="settings__intro">{t::recovery_lost_words()}</p>
            <SetUp made anew=true kind=ButtonKind::Danger submit=t::recovery_lost_submit()/>
        </details>
    }
}

/// Makes a recovery key, with the password where the homeserver wants it.
#[component]
fn SetUp(
    /// Takes the new key.
    made: RwSignal<Option<String>>,
    /// Gives up what this device does not have.
    anew: bool,
    /// How much the button weighs.
    kind: ButtonKind,
    /// The words on the button.
    submit: String,
) -> impl IntoView {
    let session = use_session();
    let password = RwSignal::new(String::new());
    let task = Task::new();
    // Beginning anew always needs it; else the homeserver says so.
    let wants_password =
        Memo::new(move |was| anew || was == Some(&true) || task.refusal().get() == Some(Refusal::WrongPassword));
    let press = move |event: ev::SubmitEvent| {
        event.prevent_default();
        let password = Some(password.get_untracked()).filter(|password| !password.is_empty());
        task.run(set_up(session, anew, password), move |key| made.set(Some(key)));
    };
    view! {
        <form class="settings__form" on:submit=press>
            <Show when=move || wants_password.get()>
                <TextField
                    label=t::login_password() value=password kind="password" autocomplete="current-password"
                    required=true testid="recovery-password"
                />
            </Show>
            <Refused task/>
            <Button kind submit=true busy=task.busy() testid="recovery-set-up">{submit}</Button>
        </form>
    }
}
