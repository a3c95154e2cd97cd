//! How the model looks. Only what is seen is made: a frame costs the same with ten rows and with a hundred thousand.

pub mod footer;
pub mod header;
pub mod layout;
pub mod table;
pub mod toasts;

use ratatui::Frame;

use super::{model::Model, overlay, paint::Painter, pane, pane::Pane, review, theme::Role};

/// Draws the screen.
pub fn view(model: &Model, frame: &mut Frame<'_>) {
    let area = frame.area();
    let mut painter = Painter::new(frame.buffer_mut(), &model.settings.theme, model.settings.symbols);
    if area.width < layout::SMALLEST.0 || area.height < layout::SMALLEST.1 {
        let (columns, rows) = layout::SMALLEST;
        let sentence = format!("usher needs {columns} columns and {rows} rows");
        for (y, line) in super::text::wrap(&sentence, usize::from(area.width))
            .iter()
            .enumerate()
        {
            painter.text(0, y as u16, area.width, line, Role::Text);
        }
        return;
    }
    header::draw(model, &mut painter);
    match model.pane {
        Pane::Today => pane::today::draw(model, &mut painter),
        Pane::Review => {
            review::list::draw(model, &mut painter);
            review::detail::draw(model, &mut painter);
        }
        Pane::Run => pane::run::draw(model, &mut painter),
        Pane::Audit => pane::audit::draw(model, &mut painter),
        Pane::People => pane::people::draw(model, &mut painter),
        Pane::Mappings => pane::mappings::draw(model, &mut painter),
    }
    layout::rules(model, &mut painter);
    footer::draw(model, &mut painter);
    toasts::draw(model, &mut painter);
    overlay::draw::draw(model, &mut painter);
}
