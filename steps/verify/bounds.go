package verify

import "fmt"

// bounds are how many of something there must be.
type bounds struct {
	Min    *int64 `json:"min" doc:"At least so many."`
	Max    *int64 `json:"max" doc:"At most so many."`
	Equals *int64 `json:"equals" doc:"Exactly so many."`
}

// open reports whether any number would do.
func (b bounds) open() bool { return b.Min == nil && b.Max == nil && b.Equals == nil }

// problems says which bounds a number of what breaks.
func (b bounds) problems(n int64, what string) []string {
	var problems []string
	complain := func(bound *int64, broken bool, word string) {
		if bound != nil && broken {
			problems = append(problems, fmt.Sprintf("%d %s, expected %s %d", n, what, word, *bound))
		}
	}
	complain(b.Min, b.Min != nil && n < *b.Min, "at least")
	complain(b.Max, b.Max != nil && n > *b.Max, "at most")
	complain(b.Equals, b.Equals != nil && n != *b.Equals, "exactly")
	return problems
}
