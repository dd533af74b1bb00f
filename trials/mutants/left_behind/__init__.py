"""What a failure leaves behind for ever."""
