// Package html writes reports as one file of HTML that needs nothing else: no
// network, no font, no server. It is read in a browser, on a phone, and on paper.
//
// Everything in it comes from a [report.Summary], or from a [period.Report] of many
// runs, and so from journals, but for what the caller hands in: how the plan changed since an earlier drill, and
// findings. What a step printed is taken for hostile: all text goes through
// html/template, and a content security policy lets nothing run but the page's
// own style sheet and script, by their digests.
//
// Pictures have no text of their own that the page does not say as well; bars are
// drawn in per cent of the width that there is. The page works without its script.
//
// A new kind of report is a template beside run.tmpl that fills the layout in
// layout.tmpl; the style sheet and the parts (figures, bars, sign-off, standards)
// are for all.
//
// The package must not know how a run is driven, nor read or write a file.
package html
