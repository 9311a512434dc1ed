package evidence

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// RegisterName is the file of a bundle with the register's lines that concern the run.
const RegisterName = "register.jsonl"

// registered is what a register's line says, whatever it is of.
type registered struct {
	Record struct {
		ID     string `json:"id"`    // of the register, in its first line
		Number int64  `json:"start"` // of a start
		Run    string `json:"run"`
		Head   string `json:"head"`
	} `json:"rec"`
}

// entered holds the lines of the register against the first record of the run.
// first is the sum of that record.
func (m Material) entered(f *facts, first string) *Finding {
	data, there := m.Files[RegisterName]
	place := f.header.Register
	if !there || place == nil || place.ID == "" {
		return nil
	}
	line, own := int64(0), false
	for raw := range bytes.Lines(data) {
		line++
		var e registered
		if err := json.Unmarshal(raw, &e); err != nil {
			return &Finding{RegisterName, line, "it is not a line of a register"}
		}
		switch of := e.Record; {
		case line == 1 && of.ID != place.ID:
			return &Finding{RegisterName, line, fmt.Sprintf("it is of the register %s, and the run was entered in %s", of.ID, place.ID)}
		case of.Number == 0 || of.Run != f.header.RunID:
		case of.Number != place.Number:
			return &Finding{RegisterName, line, fmt.Sprintf("it says that the run is start %d, and the run that it is %d", of.Number, place.Number)}
		case of.Head != first:
			return &Finding{RegisterName, line, "the run that was entered had another first record"}
		default:
			own = true
		}
	}
	if !own {
		return &Finding{File: RegisterName, Text: "the run's own start is missing in it"}
	}
	return nil
}
