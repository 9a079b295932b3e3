"""What one can ask of TaskLab: submit, cancel, look at, bring back. The API, the client and the CLI all ask here."""
