package draw

import (
	"strings"

	"github.com/clipperhouse/displaywidth"
)

// What a letter takes of the font's size, about: in DejaVu Sans, which is as wide as
// what browsers fall back to gets. What is wider all the same is cut off by its box.
const (
	narrowLetter = 0.39 // i, l, and most marks
	usualLetter  = 0.64
	upperLetter  = 0.76
	broadLetter  = 1.08 // m, w, and all that East Asian scripts write in a square
)

// fit cuts text to what so many pixels hold in letters of the given size, with an
// ellipsis.
func fit(s string, pixels, size float64) string {
	s = plain(s)
	if width(s)*size <= pixels {
		return s
	}
	room := pixels/size - broadLetter // for the ellipsis
	for i, r := range s {
		if room -= letter(r); room < 0 {
			return strings.TrimRight(s[:i], " ") + "…"
		}
	}
	return s
}

// wrap breaks text between words into lines that so many pixels hold; there is one
// at least. A word that is wider stands alone.
func wrap(s string, pixels, size float64) []string {
	lines := []string{""}
	for _, word := range strings.Fields(plain(s)) {
		last := &lines[len(lines)-1]
		switch longer := *last + " " + word; {
		case *last == "":
			*last = word
		case width(longer)*size <= pixels:
			*last = longer
		default:
			lines = append(lines, word)
		}
	}
	return lines
}

// width is how wide text is at most, in sizes of its font.
func width(s string) float64 {
	sum := 0.0
	for _, r := range s {
		sum += letter(r)
	}
	return sum
}

func letter(r rune) float64 {
	switch {
	case strings.ContainsRune("iljtfrI.,:;'|!()[] -", r):
		return narrowLetter
	case strings.ContainsRune("mwMW@%—★шщжюШЩЖЮ", r), r > 0x7f && displaywidth.Rune(r) > 1, r > 0xffff:
		return broadLetter
	case r > 0x7f && displaywidth.Rune(r) == 0:
		return 0
	case r >= 'A' && r <= 'Z', r > 0x2ff:
		return upperLetter
	}
	return usualLetter
}
