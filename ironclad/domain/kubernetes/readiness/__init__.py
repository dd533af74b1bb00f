"""Is a stage ready, and if not, can it still become ready?"""
