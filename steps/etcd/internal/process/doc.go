// Package process stops and starts a server on this machine, and proves that it
// is dead: by its pid, by what holds its folders, by its ports.
//
// A server is controlled by commands, as a systemd unit, or as a static pod of
// a kubelet, whose manifest is moved to a folder beside the kubelet's and put
// back. A stop command that succeeded is no proof: what restarts servers by
// itself may have been quicker.
//
// The package must not know what the server is or why it is stopped.
package process
