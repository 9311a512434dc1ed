package identity

import "fmt"

// MismatchError says that a target is not the one that the plan pins.
type MismatchError struct {
	What      string // such as machine-id
	Got, Want string
}

func (e *MismatchError) Error() string {
	return fmt.Sprintf("this is another one: its %s is %s, the plan pins %s; correct the plan, or reach the right one", e.What, e.Got, e.Want)
}
