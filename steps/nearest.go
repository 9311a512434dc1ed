package steps

import "strings"

// Nearest returns the word that a person who typed got most likely meant, or
// "": at most a third of its letters may be wrong, case is ignored, and the
// first of several equally near words wins.
func Nearest(got string, words []string) string {
	best, found := len([]rune(got))/3+1, ""
	if len(got) > 64 {
		return ""
	}
	for _, w := range words {
		if d := edits(strings.ToLower(got), strings.ToLower(w)); d < best || d == 0 {
			best, found = d, w
		}
	}
	return found
}

// edits is the optimal string alignment distance: how many letters must be put
// in, left out, changed, or swapped with their neighbour.
func edits(a, b string) int {
	x, y := []rune(a), []rune(b)
	var before []int // the row before the last
	last := make([]int, len(y)+1)
	for j := range last {
		last[j] = j
	}
	for i := range x {
		row := make([]int, len(y)+1)
		row[0] = i + 1
		for j := range y {
			change := last[j]
			if x[i] != y[j] {
				change++
			}
			row[j+1] = min(row[j]+1, last[j+1]+1, change)
			if i > 0 && j > 0 && x[i] == y[j-1] && x[i-1] == y[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
		before, last = last, row
	}
	return last[len(y)]
}
