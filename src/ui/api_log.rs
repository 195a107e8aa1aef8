//! What the API server was asked, newest first.

use super::context::{t, use_page};
use super::parts::Rows;
use crate::view::model::Shared;
use crate::view::model::events::{ApiLogRow, ApiLogView};
use yew::prelude::*;

#[derive(Properties, PartialEq)]
pub struct ApiLogPanelProps {
    pub log: Shared<ApiLogView>,
}

/// The list.
#[component]
pub fn ApiLogPanel(props: &ApiLogPanelProps) -> Html {
    let page = use_page();
    let row = use_callback(props.log.clone(), |index: usize, log| log.rows.get(index).map(log_row).unwrap_or_default());
    html! {
        <div class="events-panel">
            <p class="empty" hidden={!props.log.rows.is_empty()}>{ t!(page, "ui.api-log-empty") }</p>
            <Rows count={props.log.rows.len()} height={22.0} {row} class="api-log" label={t!(page, "ui.api-log")} />
        </div>
    }
}

fn log_row(row: &ApiLogRow) -> Html {
    let tone = if row.code >= 400 { "bad" } else { "neutral" };
    html! {
        <div key={row.id.to_string()} class={classes!("api-row", tone)} role="listitem">
            <time>{ &*row.time }</time>
            <span class="status-code">{ row.code }</span>
            <b class="verb">{ &*row.verb }</b>
            <span class="path" title={row.path.to_string()}>{ &*row.path }</span>
            <span class="muted user">{ &*row.user }</span>
        </div>
    }
}
