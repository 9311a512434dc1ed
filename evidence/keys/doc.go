// Package keys holds the Ed25519 keys with which drplan's evidence is signed, and
// checked: where a private key is kept (a file, an environment variable, an SSH
// agent), how a public one is written (OpenSSH, PEM, a note's verifier), and the
// signed note that both make.
//
// It must not know what is signed.
//
// # Why the signed note
//
// A signed note is a text, an empty line, and a line for the signature:
//
//	the text, as anybody can read it
//
//	— drplan RJ8XkYbQ…
//
// It is the format in which Go's checksum database and the logs of Certificate
// Transparency publish their checkpoints (https://c2sp.org/signed-note), so that
// tools for it exist. The signature is plain Ed25519 over the text, without a
// wrapping of our own: openssl checks it with a public key and nothing else, and
// an SSH agent, which signs exactly the bytes it is given, can make it. SSH's own
// format of signatures would need a recent ssh-keygen on both ends, and JSON
// would need rules about its own bytes.
package keys
