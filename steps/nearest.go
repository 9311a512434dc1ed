package steps

import "strings"

// Nearest returns the word that a person who typed got most likely meant, or
// "": at most a third of its letters are wrong, counted as Levenshtein's edits
// with case ignored. The first of several equally near ones wins.
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

// edits is the Levenshtein distance, with one row of the matrix kept.
func edits(a, b string) int {
	x, y := []rune(a), []rune(b)
	row := make([]int, len(y)+1)
	for j := range row {
		row[j] = j
	}
	for i := range x {
		diagonal := row[0]
		row[0] = i + 1
		for j := range y {
			cost := diagonal
			if x[i] != y[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(row[j]+1, row[j+1]+1, cost)
		}
	}
	return row[len(y)]
}
