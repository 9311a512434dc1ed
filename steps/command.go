package steps

import "encoding/json"

// Command is a field that holds a program to run: a string is a script for
// sh -e and holds no expression, a list is the program and its arguments.
type Command struct {
	Script string
	Argv   []string
}

// IsZero reports whether there is nothing to run.
func (c Command) IsZero() bool { return c.Script == "" && len(c.Argv) == 0 }

// MarshalJSON gives the form that was read.
func (c Command) MarshalJSON() ([]byte, error) {
	if c.Argv != nil {
		return json.Marshal(c.Argv)
	}
	return json.Marshal(c.Script)
}

// UnmarshalJSON reads a string or a list of strings.
func (c *Command) UnmarshalJSON(data []byte) error {
	*c = Command{}
	if len(data) > 0 && data[0] == '[' {
		return json.Unmarshal(data, &c.Argv)
	}
	return json.Unmarshal(data, &c.Script)
}
