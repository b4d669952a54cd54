class Greeter:
    polite = True

    def greet(self, who):
        return f"hello {who}"
