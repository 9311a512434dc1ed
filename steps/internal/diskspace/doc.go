// Package diskspace asks how much room there is. It knows nothing of what for.
package diskspace
