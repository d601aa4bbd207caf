"""Training loops: from scratch, fine-tuning, batch norm measured anew, a teacher."""
