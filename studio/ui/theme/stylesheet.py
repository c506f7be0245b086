"""One style sheet from the theme's colours: roles and sizes of look.md, nothing per page."""

from __future__ import annotations

from string import Template

_SHEET = Template("""
* { font-family: "Inter"; font-size: 13px; }
QMainWindow, QDialog, QWidget[role="window"] { background: $window; color: $text; }
QLabel { background: transparent; color: $text; }
QLabel[role="title"] { font-size: 16px; font-weight: 600; }
QLabel[role="heading"] { font-size: 12px; font-weight: 600; color: $muted; }
QLabel[role="muted"] { color: $muted; }
QLabel[role="faint"] { color: $faint; font-size: 12px; }
QLabel[role="strong"] { font-weight: 600; }
QLabel[role="tile"] { font-size: 19px; font-weight: 600; }
QLabel[role="small-tile"] { font-size: 14px; font-weight: 600; }
QLabel[role="mono"] { font-family: "JetBrains Mono"; font-size: 12px; }
QLabel[role="good"] { color: $good; }
QLabel[role="warn"] { color: $warn; }
QLabel[role="bad"] { color: $bad; }
QLabel[role="small-bad"] { color: $bad; font-size: 12px; }
QLabel[role="chip"] { border: 1px solid $line; border-radius: 13px; padding: 3px 10px; color: $muted;
    font-size: 12px; }
QLabel[role="overlay"] { background: $surface; border: 2px dashed $accent; border-radius: 8px; font-size: 16px;
    font-weight: 600; padding: 24px; }

QFrame[role="panel"], QWidget[role="panel"] { background: $surface; border: none; }
QFrame[role="middle"], QWidget[role="middle"] { background: $window; border: none; }
QFrame[role="card"] { background: $surface; border: 1px solid $line; border-radius: 8px; }
QFrame[role="plot"] { background: transparent; border: 1px solid transparent; border-radius: 4px; }
QFrame[role="plot"][marked="true"] { border-color: $accent; }
QFrame[role="raised"] { background: $raised; border: 1px solid $line; border-radius: 8px; }
QFrame[role="line"] { background: $line; border: none; max-height: 1px; min-height: 1px; }
QFrame[role="vline"] { background: $line; border: none; max-width: 1px; min-width: 1px; }
QFrame[role="notice-bad"] { background: $bad_wash; border: 1px solid $bad; border-left: 3px solid $bad;
    border-radius: 6px; }
QFrame[role="notice-warn"] { background: $warn_wash; border: 1px solid $line; border-left: 3px solid $warn;
    border-radius: 6px; }
QFrame[role="notice-good"] { background: $good_wash; border: 1px solid $line; border-left: 3px solid $good;
    border-radius: 6px; }
QFrame[role="notice-info"] { background: $raised; border: 1px solid $line; border-left: 3px solid $series1;
    border-radius: 6px; }

QPushButton, QToolButton { background: $raised; color: $text; border: 1px solid $line; border-radius: 6px;
    min-height: 20px; padding: 5px 12px; font-weight: 500; }
QPushButton:hover, QToolButton:hover { background: $hover; }
QPushButton:pressed, QToolButton:pressed { background: $selected; }
QPushButton:disabled, QToolButton:disabled { color: $faint; background: $surface; border-color: $line; }
QPushButton:focus, QToolButton:focus { border-color: $accent; }
QPushButton:checked, QToolButton:checked { background: $selected; border-color: $field_line; }
QPushButton[role="primary"] { background: $accent; color: $on_accent; border: 1px solid $accent;
    font-weight: 600; }
QPushButton[role="primary"]:hover { background: $accent_hover; border-color: $accent_hover; }
QPushButton[role="primary"]:focus { border: 1px solid $text; }
QPushButton[role="primary"]:disabled { background: $raised; color: $faint; border-color: $line; }
QPushButton[role="quiet"], QToolButton[role="quiet"] { background: transparent; border: 1px solid transparent;
    color: $muted; padding: 4px 8px; font-weight: 400; }
QPushButton[role="quiet"]:hover, QToolButton[role="quiet"]:hover { background: $hover; color: $text; }
QPushButton[role="quiet"]:focus, QToolButton[role="quiet"]:focus { border-color: $accent; }
QPushButton[role="quiet"]:checked, QToolButton[role="quiet"]:checked { background: $selected; color: $text; }
QPushButton[role="quiet"]:disabled, QToolButton[role="quiet"]:disabled { color: $faint;
    background: transparent; }
QPushButton[role="link"] { background: transparent; border: 1px solid transparent; color: $accent; padding: 0 2px;
    min-height: 16px; font-weight: 400; text-align: left; }
QPushButton[role="link"]:hover { color: $accent_hover; text-decoration: underline; }
QPushButton[role="link"]:focus { border: 1px solid $accent; }
QPushButton[role="fold"] { background: transparent; border: 1px solid transparent; text-align: left;
    padding: 2px 0;
    font-size: 12px; font-weight: 600; color: $muted; }
QPushButton[role="fold"]:focus { border-color: $accent; }
QPushButton[role="chip"] { border-radius: 13px; padding: 2px 10px; min-height: 20px; color: $muted;
    font-size: 12px;
    background: transparent; font-weight: 400; }
QPushButton[role="chip"]:hover { background: $hover; color: $text; }
QPushButton[role="chip"]:focus { border-color: $accent; }
QPushButton::menu-indicator, QToolButton::menu-indicator { image: url("$down"); width: 12px; height: 12px;
    subcontrol-position: right center; right: 6px; }

QLineEdit, QSpinBox, QDoubleSpinBox, QComboBox, QPlainTextEdit, QTextEdit, QAbstractSpinBox {
    background: $raised; color: $text; border: 1px solid $line; border-radius: 6px; padding: 3px 8px;
    selection-background-color: $series1; selection-color: $window; }
QLineEdit, QSpinBox, QDoubleSpinBox, QComboBox { min-height: 20px; }
QLineEdit:hover, QSpinBox:hover, QDoubleSpinBox:hover, QComboBox:hover { border-color: $field_line; }
QLineEdit:focus, QSpinBox:focus, QDoubleSpinBox:focus, QComboBox:focus, QPlainTextEdit:focus, QTextEdit:focus {
    border-color: $accent; }
QLineEdit:disabled, QSpinBox:disabled, QDoubleSpinBox:disabled, QComboBox:disabled { color: $faint;
    background: $surface; }
QLineEdit[invalid="true"], QSpinBox[invalid="true"], QComboBox[invalid="true"] { border-color: $bad; }
QPlainTextEdit[role="code"], QTextEdit[role="code"] { font-family: "JetBrains Mono"; font-size: 12px;
    background: $raised; border-radius: 8px; padding: 4px; }
QPlainTextEdit[role="log"] { font-family: "JetBrains Mono"; font-size: 12px; background: $surface; border: none;
    border-radius: 0; }
QTextBrowser { background: $surface; border: none; padding: 8px 14px; }
QSpinBox, QDoubleSpinBox { padding: 3px 0 3px 8px; }
QAbstractSpinBox QLineEdit { border: none; background: transparent; padding: 0 0 0 2px; min-height: 0; }
QComboBox { padding-right: 22px; }
QComboBox::drop-down { border: none; width: 22px; }
QComboBox::down-arrow { image: url("$down"); width: 13px; height: 13px; }
QComboBox QAbstractItemView { background: $raised; color: $text; border: 1px solid $field_line; border-radius: 6px;
    padding: 4px; outline: none; selection-background-color: $selected; selection-color: $text; }
QComboBox QAbstractItemView::item { min-height: 24px; padding: 0 6px; border-radius: 4px; }
QSpinBox::up-button, QDoubleSpinBox::up-button { border: none; width: 18px; subcontrol-position: top right; }
QSpinBox::down-button, QDoubleSpinBox::down-button { border: none; width: 18px;
    subcontrol-position: bottom right; }
QSpinBox::up-arrow, QDoubleSpinBox::up-arrow { image: url("$up"); width: 10px; height: 10px; }
QSpinBox::down-arrow, QDoubleSpinBox::down-arrow { image: url("$down"); width: 10px; height: 10px; }

QCheckBox, QRadioButton { background: transparent; color: $text; spacing: 8px; min-height: 22px; }
QCheckBox:disabled, QRadioButton:disabled { color: $faint; }
QCheckBox::indicator { width: 14px; height: 14px; border: 1px solid $faint; border-radius: 4px;
    background: $raised; }
QCheckBox::indicator:hover { border-color: $muted; }
QCheckBox::indicator:checked { background: $accent; border-color: $accent; image: url("$check"); }
QCheckBox::indicator:disabled { border-color: $line; background: $surface; }
QCheckBox:focus { color: $accent; }

QSlider::groove:horizontal { height: 4px; background: $line; border-radius: 2px; }
QSlider::sub-page:horizontal { background: $series1; border-radius: 2px; }
QSlider::handle:horizontal { width: 14px; height: 14px; margin: -5px 0; border-radius: 7px; background: $text;
    border: 1px solid $line; }
QSlider::handle:horizontal:focus { border: 2px solid $accent; }

QLineEdit[role="inline"] { min-height: 16px; max-height: 16px; padding: 0 4px; font-size: 12px;
    border-radius: 4px; }
QSplitter[role="gap"]::handle { background: transparent; }

QProgressBar { background: $line; border: none; border-radius: 3px; max-height: 6px; min-height: 6px;
    color: transparent; }
QProgressBar::chunk { background: $accent; border-radius: 3px; }

QScrollArea { background: transparent; border: none; }
QScrollBar:vertical { background: transparent; width: 10px; margin: 0; }
QScrollBar:horizontal { background: transparent; height: 10px; margin: 0; }
QScrollBar::handle { background: $line; border-radius: 3px; margin: 2px; }
QScrollBar::handle:vertical { min-height: 28px; }
QScrollBar::handle:horizontal { min-width: 28px; }
QScrollBar::handle:hover { background: $faint; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }
QAbstractScrollArea::corner { background: transparent; }

QTableView, QTreeView, QListView { background: $surface; color: $text; border: 1px solid $line; border-radius: 8px;
    outline: none; gridline-color: $grid; alternate-background-color: $raised; }
QTableView::item, QTreeView::item { padding: 4px 10px; border: none; }
QListView::item { padding: 5px 8px; border-radius: 6px; }
QTableView::item:selected, QTreeView::item:selected, QListView::item:selected { background: $selected;
    color: $text; }
QTableView:focus, QTreeView:focus, QListView:focus { border-color: $accent; }
QListView[role="plain"], QTreeView[role="plain"] { border: none; background: transparent; border-radius: 0; }
QHeaderView { background: transparent; border: none; }
QHeaderView::section { background: $surface; color: $muted; border: none; border-bottom: 1px solid $line;
    padding: 8px 13px; font-weight: 500; font-size: 12px; }
QTableCornerButton::section { background: $surface; border: none; }

QMenuBar { background: $surface; color: $muted; border-bottom: 1px solid $line; padding: 2px 6px; }
QMenuBar::item { padding: 5px 8px; border-radius: 5px; background: transparent; }
QMenuBar::item:selected { background: $hover; color: $text; }
QMenu { background: $raised; color: $text; border: 1px solid $field_line; border-radius: 8px; padding: 5px; }
QMenu::item { padding: 6px 28px 6px 12px; border-radius: 5px; }
QMenu::item:selected { background: $selected; }
QMenu::item:disabled { color: $faint; }
QMenu::separator { height: 1px; background: $line; margin: 4px 8px; }
QMenu::icon { padding-left: 8px; }
QToolTip { background: $raised; color: $text; border: 1px solid $field_line; border-radius: 5px;
    padding: 5px 8px; }

QTabWidget { background: $surface; }
QTabWidget::pane { border: none; border-top: 1px solid $line; }
QTabWidget::tab-bar { left: 12px; }
QTabBar { background: $surface; qproperty-drawBase: 0; }
QTabBar::tab { background: transparent; color: $muted; height: 30px; padding: 6px 15px; border: none;
    border-bottom: 2px solid transparent; font-weight: 500; }
QTabBar::tab:hover { color: $text; }
QTabBar::tab:selected { color: $text; border-bottom: 2px solid $accent; }
QTabBar::tab:selected:focus { background: $hover; }

QStatusBar { background: $window; color: $muted; border-top: 1px solid $line; min-height: 26px; }
QStatusBar::item { border: none; }
QStatusBar QLabel { color: $muted; font-size: 12px; }
QStatusBar QLabel[role="edge"] { padding: 0 12px; }
QStatusBar QPushButton[role="quiet"] { font-size: 12px; padding: 1px 8px; min-height: 16px; }
QDockWidget { color: $muted; titlebar-close-icon: url("$close"); font-size: 12px; font-weight: 600; }
QDockWidget::title { background: $surface; border-top: 1px solid $line; padding: 6px 10px; text-align: left; }
QDockWidget::close-button { border: none; background: transparent; icon-size: 14px; }
QSplitter::handle { background: $line; }
QSplitter::handle:horizontal { width: 1px; }
QSplitter::handle:vertical { height: 1px; }
QSplitter::handle:hover { background: $accent; }
QGraphicsView { background: $window; border: none; }
QWidget[role="tabstrip"] { background: $surface; }
QLineEdit[role="palette"] { font-size: 15px; padding: 8px 12px; min-height: 26px; border-radius: 8px; }
""")


def stylesheet(tokens: dict[str, str], files: dict[str, str]) -> str:
    """The application's style sheet.

    Args:
        tokens: colours by name.
        files: paths of the pictures that it needs: down, up, right, check, dash, close.
    """
    return _SHEET.substitute(tokens, **files)
